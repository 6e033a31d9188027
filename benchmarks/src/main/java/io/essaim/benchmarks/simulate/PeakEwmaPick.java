package io.essaim.benchmarks.simulate;

import java.util.ArrayList;
import java.util.List;

/** Finagle's and Linkerd's way: of two hosts at random the one with less of (peak-sensitive mean) times (requests + 1). */
final class PeakEwmaPick implements Pick {
    private final List<Ewma> times = new ArrayList<>();
    private final int[] inFlight;
    private final Draws draws;

    PeakEwmaPick(Setting setting, int[] inFlight) {
        this.inFlight = inFlight;
        this.draws = setting.draws(5);
        setting.hosts().forEach(host -> times.add(new Ewma(setting.clock(), EwmaPick.TAU, EwmaPick.PRIOR)));
    }

    @Override
    public Host pick(Request request, List<Host> among) {
        Host one = among.get(draws.below(among.size()));
        Host other = among.get(draws.below(among.size()));
        while (other.equals(one) && among.size() > 1) {
            other = among.get(draws.below(among.size()));
        }
        return cost(one) <= cost(other) ? one : other;
    }

    private double cost(Host host) {
        return times.get(host.index()).decayed() * (inFlight[host.index()] + 1);
    }

    @Override
    public void answered(Request request, Host host, double seconds) {
        times.get(host.index()).observePeak(seconds);
    }
}
