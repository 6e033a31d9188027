package io.essaim.learn;

import java.util.concurrent.TimeUnit;

/**
 * How long requests wait inside a backend for reasons that the proxy cannot see, such as other proxies. Half of the
 * newest wait and half of the old value. It fades within seconds, since it is a state of the moment. Not thread-safe.
 */
final class HiddenQueue {
    private static final double FADING = TimeUnit.SECONDS.toNanos(15);

    /** Ollama parses, renders templates and tokenizes outside of the parts that it names. */
    private static final double LEAST = 0.05;

    private double seconds;
    private long at;

    /** @param unexplained seconds beyond the wait that our own requests were expected to cause */
    void observe(double unexplained, long now) {
        seconds = seconds(now) / 2 + (unexplained < LEAST ? 0 : unexplained / 2);
        at = now;
    }

    double seconds(long now) {
        return seconds == 0 ? 0 : seconds * Math.exp(-Math.max(0, now - at) / FADING);
    }
}
