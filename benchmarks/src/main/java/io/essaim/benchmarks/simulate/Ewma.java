package io.essaim.benchmarks.simulate;

/** An exponentially weighted mean of the times of whole answers, by age: what is older than tau counts a third. */
final class Ewma {
    private final Clock clock;
    private final double tau;
    private double value;
    private double at;

    /** @param prior seconds, until something was observed */
    Ewma(Clock clock, double tau, double prior) {
        this.clock = clock;
        this.tau = tau;
        this.value = prior;
    }

    double value() {
        return value;
    }

    /** As if nothing took no time: Finagle lets what is idle become cheap. */
    double decayed() {
        return value * age();
    }

    void observe(double seconds) {
        value = value * age() + seconds * (1 - age());
        at = clock.now();
    }

    /** One that is slower than ever counts alone. */
    void observePeak(double seconds) {
        value = Math.max(seconds, decayed() + seconds * (1 - age()));
        at = clock.now();
    }

    private double age() {
        return StrictMath.exp((at - clock.now()) / tau);
    }
}
