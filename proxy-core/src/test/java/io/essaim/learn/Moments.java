package io.essaim.learn;

/** Moments of a clock that begins just before the overflow of a long, where wrong comparisons show. */
final class Moments {
    static final long START = Long.MAX_VALUE - 30_000_000_000L;

    private Moments() {}

    static long at(double seconds) {
        return START + nanos(seconds);
    }

    static long nanos(double seconds) {
        return (long) (seconds * 1e9);
    }
}
