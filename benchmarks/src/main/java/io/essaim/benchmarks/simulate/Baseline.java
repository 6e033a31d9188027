package io.essaim.benchmarks.simulate;

import io.essaim.api.Failure;
import io.essaim.api.Failure.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;

/**
 * A proxy such as there are many: sends at once, retries before the first token, has a breaker for each host. Clouds are its
 * overflow: they are candidates only while every host of one's own has as many requests as slots.
 */
final class Baseline implements Policy {
    /** Seconds that a first token may take. */
    static final double FIRST_TOKEN = 120;

    private static final int ATTEMPTS = 3;

    private final Setting setting;
    private final int[] inFlight;
    private final List<Trip> trips = new ArrayList<>();
    private final Pick pick;

    /** @param pick is made of the setting and the requests that are under way at each host */
    Baseline(Setting setting, BiFunction<Setting, int[], Pick> pick) {
        this.setting = setting;
        this.inFlight = new int[setting.hosts().size()];
        Draws draws = setting.draws(1);
        setting.hosts().forEach(host -> trips.add(new Trip(setting.clock(), draws)));
        this.pick = pick.apply(setting, inFlight);
    }

    @Override
    public void route(Request request, Proxy proxy) {
        List<Host> candidates = candidates(request);
        if (candidates.isEmpty()) {
            proxy.refuse(request);
            return;
        }
        Host host = pick.pick(request, candidates);
        inFlight[host.index()]++;
        trips.get(host.index()).sent();
        proxy.send(request, host, new Sent(request, host));
    }

    private List<Host> candidates(Request request) {
        List<Host> untried = setting.hosts().stream()
                .filter(host ->
                        !request.tried.contains(host) && setting.wallet().allows(host, request))
                .toList();
        List<Host> admitting = untried.stream()
                .filter(host -> trips.get(host.index()).admits())
                .toList();
        List<Host> candidates = admitting.isEmpty() ? untried : admitting;
        List<Host> own =
                candidates.stream().filter(host -> !host.spec().cloud()).toList();
        return own.stream()
                        .anyMatch(host -> inFlight[host.index()] < host.spec().slots())
                ? own
                : candidates;
    }

    @Override
    public boolean again(Request request, Failure failure) {
        return request.tried.size() < ATTEMPTS;
    }

    private final class Sent implements Place {
        private final Request request;
        private final Host host;
        private final double at = setting.clock().now();

        Sent(Request request, Host host) {
            this.request = request;
            this.host = host;
        }

        @Override
        public double patience() {
            return FIRST_TOKEN;
        }

        @Override
        public void firstToken() {
            trips.get(host.index()).firstToken();
        }

        @Override
        public void finished(Attempt attempt) {
            inFlight[host.index()]--;
            pick.answered(request, host, setting.clock().now() - at);
        }

        @Override
        public void failed(Failure failure) {
            inFlight[host.index()]--;
            if (failure.kind() == Kind.CLIENT_GONE) {
                trips.get(host.index()).left();
            } else {
                trips.get(host.index()).failed();
            }
        }
    }
}
