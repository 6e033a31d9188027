package io.essaim.simulator;

import io.netty.channel.EventLoop;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;

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
        return DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss").format(instant.atZone(ZoneOffset.UTC))
                + fraction(instant.atZone(ZoneOffset.UTC)) + "Z";
    }

    /** The same in the time zone of the server, as {@code modified_at} and {@code expires_at} have it. */
    static String local(Instant instant) {
        ZonedDateTime there = instant.atZone(ZoneId.systemDefault());
        return DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss").format(there)
                + fraction(there)
                + DateTimeFormatter.ofPattern("XXX").format(there);
    }

    private static String fraction(ZonedDateTime instant) {
        if (instant.getNano() == 0) {
            return "";
        }
        String digits = String.format("%09d", instant.getNano());
        int end = digits.length();
        while (digits.charAt(end - 1) == '0') {
            end--;
        }
        return "." + digits.substring(0, end);
    }
}
