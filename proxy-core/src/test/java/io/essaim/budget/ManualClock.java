package io.essaim.budget;

import java.time.Instant;
import java.time.InstantSource;
import java.time.ZonedDateTime;

/** A clock that stands where it is put. */
final class ManualClock implements InstantSource {
    private volatile Instant now;

    /** @param time like {@code 2026-11-23T17:00+01:00[Europe/Paris]} or {@code 2026-11-23T16:00Z} */
    ManualClock(String time) {
        this.now = ZonedDateTime.parse(time).toInstant();
    }

    void set(String time) {
        now = ZonedDateTime.parse(time).toInstant();
    }

    @Override
    public Instant instant() {
        return now;
    }
}
