/** What translating between dialects costs. */
@org.jspecify.annotations.NullMarked
package io.essaim.benchmarks.dialect;
