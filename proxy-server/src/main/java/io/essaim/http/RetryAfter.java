package io.essaim.http;

import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The Retry-After field of an answer, as far as it is a number of seconds (RFC 9110 10.2.3). */
public final class RetryAfter {
    private static final long MOST_SECONDS = 300;

    private RetryAfter() {}

    /** Nanoseconds, at most five minutes; 0 when there is no answer or none in it, or it is a date. */
    public static long nanos(@Nullable Response answer) {
        String value = answer == null ? null : answer.head().first("retry-after");
        if (value == null || value.isEmpty() || value.length() > 9) {
            return 0;
        }
        for (int i = 0; i < value.length(); i++) {
            if (value.charAt(i) < '0' || value.charAt(i) > '9') {
                return 0;
            }
        }
        return TimeUnit.SECONDS.toNanos(Math.min(MOST_SECONDS, Long.parseLong(value)));
    }
}
