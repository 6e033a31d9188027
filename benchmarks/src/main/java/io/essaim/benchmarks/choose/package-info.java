/** What it costs to choose a backend. */
@org.jspecify.annotations.NullMarked
package io.essaim.benchmarks.choose;
