/**
 * Side by side with other proxies: one paced token stream through each of them, in turn.
 *
 * <p>Three kinds of process take part: the comparison itself (idle while it measures), the paced backend with the load client (the harness), and the
 * one candidate under measurement.
 */
@NullMarked
package io.essaim.benchmarks.compare;

import org.jspecify.annotations.NullMarked;
