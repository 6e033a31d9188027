package io.essaim.config;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Times and sizes, a whole number and a unit: {@code 90s}, {@code 64MiB}. */
final class Quantity {
    private static final Pattern FORM = Pattern.compile("([0-9]{1,10})([A-Za-z]{1,3})");
    private static final Map<String, Long> MILLIS = Map.of("ms", 1L, "s", 1000L, "m", 60_000L, "h", 3_600_000L);
    private static final Map<String, Long> BYTES = Map.of("B", 1L, "KiB", 1L << 10, "MiB", 1L << 20, "GiB", 1L << 30);

    private Quantity() {}

    /** A time with the unit ms, s, m or h. */
    static Optional<Duration> duration(String text) {
        return amount(text, MILLIS).map(Duration::ofMillis);
    }

    /** A size in bytes, with the unit B, KiB, MiB or GiB. */
    static Optional<Long> size(String text) {
        return amount(text, BYTES);
    }

    private static Optional<Long> amount(String text, Map<String, Long> units) {
        Matcher form = FORM.matcher(text);
        if (!form.matches() || !units.containsKey(form.group(2))) {
            return Optional.empty();
        }
        return Optional.of(Long.parseLong(form.group(1)) * units.get(form.group(2))); // 10 digits cannot overflow
    }
}
