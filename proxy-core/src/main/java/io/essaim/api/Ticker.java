package io.essaim.api;

/** The only clock of the core: monotonic nanoseconds from an arbitrary origin, so only differences mean something. */
@FunctionalInterface
public interface Ticker {
    long nanos();
}
