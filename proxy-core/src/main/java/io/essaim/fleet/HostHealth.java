package io.essaim.fleet;

import io.essaim.api.Ticker;
import io.essaim.fleet.Backend.Health;
import java.util.concurrent.TimeUnit;

/** Whether a host is up, since when, and what its history predicts. Written by probes and failing requests; any thread. */
final class HostHealth {
    private static final double RAMP_SECONDS = 20;
    private static final double RAMP_FLOOR = 0.1;

    private final Ticker ticker;
    private final UptimeHistory lives = new UptimeHistory();
    private volatile Health health = Health.UNKNOWN;
    private volatile String ailment = "not probed yet";
    private volatile long recoveredAt;
    private volatile long fallen;

    HostHealth(Ticker ticker) {
        this.ticker = ticker;
        this.recoveredAt = ticker.nanos() - TimeUnit.DAYS.toNanos(1);
    }

    Health health() {
        return health;
    }

    String ailment() {
        return ailment;
    }

    /** How often it went down. */
    long fallen() {
        return fallen;
    }

    /** When it came up after its latest fall; a day before the beginning when it never fell. */
    long recoveredAt() {
        return recoveredAt;
    }

    synchronized void up() {
        if (health == Health.DOWN) {
            recoveredAt = ticker.nanos();
        }
        health = Health.UP;
        ailment = "";
    }

    synchronized void down(String why) {
        if (health != Health.DOWN) {
            if (fallen > 0) { // Nobody knows how long it had lived when it was first seen.
                lives.ended((ticker.nanos() - recoveredAt) / 1e9);
            }
            fallen++;
        }
        health = Health.DOWN;
        ailment = why;
    }

    double ramp(long now) {
        double seconds = (now - recoveredAt) / 1e9;
        return Math.min(1, Math.max(RAMP_FLOOR, seconds / RAMP_SECONDS));
    }

    double risk(double seconds, long now) {
        if (fallen < 2) {
            return 0;
        }
        synchronized (this) {
            return lives.risk(Math.max(0, now - recoveredAt) / 1e9, seconds);
        }
    }
}
