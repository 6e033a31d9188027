package io.essaim.benchmarks.simulate;

import io.essaim.benchmarks.simulate.HostSpec.Tariff;

/** What may be spent on clouds: so much an hour, of which two hours' worth can be saved up. The same for every policy. */
final class Wallet {
    private static final double MOST_HOURS = 2;
    private static final double USUAL_ANSWER = 250;

    private final double perHour;
    private final Clock clock;
    private double dollars;
    private double since;
    private double spent;

    Wallet(double perHour, Clock clock) {
        this.perHour = perHour;
        this.clock = clock;
        this.dollars = perHour * MOST_HOURS;
    }

    /** Whether a host may be asked: one's own always, a cloud when an answer of usual length can be paid. */
    boolean allows(Host host, Request request) {
        Tariff tariff = host.spec().tariff();
        return tariff == null || balance() >= request.promptTokens * tariff.read() + USUAL_ANSWER * tariff.written();
    }

    private double balance() {
        dollars = Math.min(perHour * MOST_HOURS, dollars + (clock.now() - since) / 3600 * perHour);
        since = clock.now();
        return dollars;
    }

    /** @param written tokens that came back */
    void pay(Host host, Request request, double written) {
        Tariff tariff = host.spec().tariff();
        if (tariff != null) {
            double price = request.promptTokens * tariff.read() + written * tariff.written();
            dollars = balance() - price;
            spent += price;
        }
    }

    double spent() {
        return spent;
    }
}
