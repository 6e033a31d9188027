package io.essaim.benchmarks.simulate;

import java.util.ArrayList;
import java.util.List;

/** The host whose answers took least time of late. */
final class EwmaPick implements Pick {
    static final double TAU = 60;
    static final double PRIOR = 10;

    private final List<Ewma> times = new ArrayList<>();
    private final Draws draws;

    EwmaPick(Setting setting) {
        draws = setting.draws(4);
        setting.hosts().forEach(host -> times.add(new Ewma(setting.clock(), TAU, PRIOR)));
    }

    @Override
    public Host pick(Request request, List<Host> among) {
        return Picks.lowest(among, host -> times.get(host.index()).value(), draws);
    }

    @Override
    public void answered(Request request, Host host, double seconds) {
        times.get(host.index()).observe(seconds);
    }
}
