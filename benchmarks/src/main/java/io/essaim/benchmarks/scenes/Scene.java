package io.essaim.benchmarks.scenes;

import io.essaim.simulator.Fault;
import io.essaim.simulator.Fault.Kind;
import io.essaim.simulator.SimulatedHost;
import java.util.Locale;

/** What befalls dev2. */
enum Scene {
    STEADY(0.8),
    BUSY(3),
    /** It dies and comes back. */
    KILLED(0.8),
    /** It reads and writes ten times slower. */
    SLOW10(0.8),
    /** It takes requests, probes too, and says nothing. */
    BLACKHOLE(0.8),
    /** It dies for two and a half of every six seconds. */
    FLAPPING(0.8);

    private static final double PERIOD = 6;
    private static final double DOWN = 2.5;

    /** Questions per second. */
    final double perSecond;

    Scene(double perSecond) {
        this.perSecond = perSecond;
    }

    String key() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Whether it is as it should be at this time of a scene of that length. */
    boolean well(double at, double length) {
        boolean middle = at >= length / 4 && at < length * 3 / 4;
        return switch (this) {
            case STEADY, BUSY -> true;
            case KILLED, SLOW10, BLACKHOLE -> !middle;
            case FLAPPING -> !middle || (at - length / 4) % PERIOD >= DOWN;
        };
    }

    void strike(SimulatedHost dev2) {
        switch (this) {
            case SLOW10 -> dev2.faults().set(Fault.of(Kind.SLOW));
            case BLACKHOLE -> dev2.faults().set(Fault.parse("silence:routes=all"));
            case KILLED, FLAPPING -> dev2.kill();
            case STEADY, BUSY -> {}
        }
    }

    void heal(SimulatedHost dev2) {
        switch (this) {
            case SLOW10, BLACKHOLE -> dev2.faults().clear();
            case KILLED, FLAPPING -> dev2.restart();
            case STEADY, BUSY -> {}
        }
    }
}
