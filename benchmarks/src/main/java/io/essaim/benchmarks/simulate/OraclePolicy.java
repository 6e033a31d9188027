package io.essaim.benchmarks.simulate;

import io.essaim.api.Failure;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Greedy with perfect knowledge of the present: each request goes where it would be answered first if nobody else came. It knows
 * nothing of the future, neither arrivals nor faults, and not what a request costs those who are there already.
 */
final class OraclePolicy implements Policy {
    /** Seconds by which a cloud's answer has to be earlier. */
    private static final double CLOUD_PENALTY = 8;

    private static final int ATTEMPTS = 3;

    private final Setting setting;

    private record Bound(Host host, double atBest) {}

    OraclePolicy(Setting setting) {
        this.setting = setting;
    }

    @Override
    public void route(Request request, Proxy proxy) {
        Host best = best(request);
        if (best == null) {
            proxy.refuse(request);
        } else {
            proxy.send(request, best, new Whatever());
        }
    }

    @Override
    public boolean again(Request request, Failure failure) {
        return request.tried.size() < ATTEMPTS;
    }

    private @Nullable Host best(Request request) {
        List<Bound> bounds = setting.hosts().stream()
                .filter(host -> host.up() && !host.frozen() && !request.tried.contains(host))
                .map(host -> new Bound(host, Foresight.atBest(host, request) + penalty(host)))
                .sorted(Comparator.comparingDouble(Bound::atBest))
                .toList();
        Host best = null;
        double lowest = Double.POSITIVE_INFINITY;
        for (Bound bound : bounds) {
            if (bound.atBest >= lowest) {
                break; // Nor can any that follows be better.
            }
            double total = Foresight.total(bound.host, request, setting.clock().now()) + penalty(bound.host);
            if (total < lowest) {
                best = bound.host;
                lowest = total;
            }
        }
        return best;
    }

    private static double penalty(Host host) {
        return host.spec().cloud() ? CLOUD_PENALTY : 0;
    }

    private static final class Whatever implements Place {
        @Override
        public double patience() {
            return Baseline.FIRST_TOKEN;
        }

        @Override
        public void firstToken() {}

        @Override
        public void finished(Attempt attempt) {}

        @Override
        public void failed(Failure failure) {}
    }
}
