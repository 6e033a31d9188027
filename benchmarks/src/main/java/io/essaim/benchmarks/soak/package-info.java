/** The proxy in a small heap under everything at once: streams, cancels, stalled readers, large bodies, faults, changes of the rules. */
@NullMarked
package io.essaim.benchmarks.soak;

import org.jspecify.annotations.NullMarked;
