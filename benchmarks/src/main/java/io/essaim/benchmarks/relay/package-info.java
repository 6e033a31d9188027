/** What a request and a token cost in the relay; here because the classes of the relay are nobody else's business. */
@org.jspecify.annotations.NullMarked
package io.essaim.benchmarks.relay;
