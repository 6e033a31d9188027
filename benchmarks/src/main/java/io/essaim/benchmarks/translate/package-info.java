/** What it costs, and costs others, to turn a large request into another dialect. */
@NullMarked
package io.essaim.benchmarks.translate;

import org.jspecify.annotations.NullMarked;
