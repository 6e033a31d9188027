package io.essaim.config;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Times and sizes, a whole number and a unit: {@code 90s}, {@code 64MiB}. */
public final class Quantity {
    private static final Pattern FORM = Pattern.compile("([0-9]{1,10})([A-Za-z]{1,3})");
    private static final Map<String, Long> MILLIS = new LinkedHashMap<>();
    private static final Map<String, Long> BYTES = new LinkedHashMap<>();

    static { // largest first: the first that divides an amount is the one to write it in
        MILLIS.put("h", 3_600_000L);
        MILLIS.put("m", 60_000L);
        MILLIS.put("s", 1000L);
        MILLIS.put("ms", 1L);
        BYTES.put("GiB", 1L << 30);
        BYTES.put("MiB", 1L << 20);
        BYTES.put("KiB", 1L << 10);
        BYTES.put("B", 1L);
    }

    private Quantity() {}

    /** A time with the unit ms, s, m or h; empty if the text is none. */
    public static Optional<Duration> duration(String text) {
        return amount(text, MILLIS).map(Duration::ofMillis);
    }

    /** A size in bytes, with the unit B, KiB, MiB or GiB. */
    static Optional<Long> size(String text) {
        return amount(text, BYTES);
    }

    /** The shortest way to write a time. */
    static String text(Duration duration) {
        return duration.isZero() ? "0s" : text(duration.toMillis(), MILLIS);
    }

    /** The shortest way to write a size in bytes. */
    static String text(long bytes) {
        return bytes == 0 ? "0B" : text(bytes, BYTES);
    }

    private static Optional<Long> amount(String text, Map<String, Long> units) {
        Matcher form = FORM.matcher(text);
        Long unit = form.matches() ? units.get(form.group(2)) : null;
        // 10 digits times the largest unit do not overflow
        return unit == null ? Optional.empty() : Optional.of(Long.parseLong(form.group(1)) * unit);
    }

    private static String text(long amount, Map<String, Long> units) {
        return units.entrySet().stream()
                .filter(unit -> amount % unit.getValue() == 0)
                .findFirst()
                .map(unit -> amount / unit.getValue() + unit.getKey())
                .orElseThrow();
    }
}
