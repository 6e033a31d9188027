package io.essaim.simulator;

import io.netty.channel.EventLoop;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;

/** The parts of one host that its requests share. Everything here lives on the host's event loop. */
record Host(
        HostProfile profile,
        EventLoop loop,
        SimClock clock,
        Scheduler scheduler,
        Library library,
        Stats stats,
        Faults faults,
        Ids ids) {
    private static final long LOOKUP_NANOS = 30_000_000L;

    /** What finding the model, its template and its runner takes: about 30 ms on 0.15.2, the load_duration of a warm model. */
    long lookupNanos() {
        return LOOKUP_NANOS;
    }

    /** Go's RFC3339Nano in UTC: no trailing zeros. */
    static String utc(Instant instant) {
        return written(instant.atOffset(ZoneOffset.UTC)).append('Z').toString();
    }

    /** The same in the time zone of the server, as {@code modified_at} and {@code expires_at} have it. */
    static String local(Instant instant) {
        OffsetDateTime there = instant.atZone(ZoneId.systemDefault()).toOffsetDateTime();
        return written(there).append(there.getOffset().getId()).toString();
    }

    /** Written by hand: it is on every line of every stream. */
    private static StringBuilder written(OffsetDateTime time) {
        StringBuilder out = new StringBuilder(35);
        digits(out, time.getYear(), 4).append('-');
        digits(out, time.getMonthValue(), 2).append('-');
        digits(out, time.getDayOfMonth(), 2).append('T');
        digits(out, time.getHour(), 2).append(':');
        digits(out, time.getMinute(), 2).append(':');
        digits(out, time.getSecond(), 2);
        if (time.getNano() != 0) {
            digits(out.append('.'), time.getNano(), 9);
            while (out.charAt(out.length() - 1) == '0') {
                out.setLength(out.length() - 1);
            }
        }
        return out;
    }

    private static StringBuilder digits(StringBuilder out, int value, int width) {
        int power = 1;
        for (int i = 1; i < width; i++) {
            power *= 10;
        }
        for (; power > 0; power /= 10) {
            out.append((char) ('0' + value / power % 10));
        }
        return out;
    }
}
