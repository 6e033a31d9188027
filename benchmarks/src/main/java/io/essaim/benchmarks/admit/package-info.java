/** What it costs to wait for a slot. */
@org.jspecify.annotations.NullMarked
package io.essaim.benchmarks.admit;
