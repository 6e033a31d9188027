package io.essaim.dialect;

import java.time.LocalDateTime;
import java.time.ZoneOffset;

/** Writes times as Go's RFC3339Nano in UTC: fractions without trailing zeros. Remembers the second it wrote last. */
final class Timestamp {
    private static final long SECOND = 1_000_000_000L;

    private final ByteBuilder text = new ByteBuilder();
    private long second = Long.MIN_VALUE;

    void write(long epochNanos, ByteBuilder out) {
        long s = Math.floorDiv(epochNanos, SECOND);
        if (s != second) {
            second = s;
            text.clear();
            date(LocalDateTime.ofEpochSecond(s, 0, ZoneOffset.UTC));
        }
        out.raw(text.array(), 0, text.length());
        int nanos = (int) Math.floorMod(epochNanos, SECOND);
        if (nanos > 0) {
            int digits = 9;
            while (nanos % 10 == 0) {
                nanos /= 10;
                digits--;
            }
            out.one('.').digits(nanos, digits);
        }
        out.one('Z');
    }

    private void date(LocalDateTime t) {
        text.digits(t.getYear(), 4)
                .one('-')
                .digits(t.getMonthValue(), 2)
                .one('-')
                .digits(t.getDayOfMonth(), 2);
        text.one('T')
                .digits(t.getHour(), 2)
                .one(':')
                .digits(t.getMinute(), 2)
                .one(':')
                .digits(t.getSecond(), 2);
    }
}
