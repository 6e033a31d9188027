package io.essaim.benchmarks.simulate;

import io.essaim.api.Failure;
import io.essaim.api.Failure.Kind;
import io.essaim.api.Failure.Outcome;
import io.essaim.choose.Choice.Taken;
import io.essaim.choose.Patience;
import io.essaim.choose.Plan;
import io.essaim.choose.RetryBudget;
import io.essaim.choose.Routes;
import io.essaim.choose.Selector;
import io.essaim.config.InvalidRules;
import io.essaim.config.Rules;
import io.essaim.config.RulesLoader;
import io.essaim.fleet.Backend;
import io.essaim.fleet.Backend.Health;
import io.essaim.fleet.Fleet;
import io.essaim.model.ModelName;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * The proxy's own classes under the virtual clock: routes, selector, backends with their breakers and leases, retry budget,
 * patience. What {@code io.essaim.relay} does around them with sockets is done here in as few lines.
 */
final class ProductionPolicy implements Policy {
    private static final double SWEEP = 0.25;
    private static final int BYTES_PER_TOKEN = 4;
    private static final int BYTES_BESIDES = 300;

    private final Setting setting;
    private final Rules rules;
    private final Routes routes;
    private final RetryBudget retries;
    private final List<ModelName> models;
    private final Map<Backend, Host> hosts = new HashMap<>();
    private final List<Backend> backends = new ArrayList<>();
    private final List<Attempt> waiting = new ArrayList<>();

    ProductionPolicy(Setting setting) {
        this.setting = setting;
        this.rules = rules(setting.scenario());
        Fleet fleet = new Fleet(rules, setting.clock());
        this.routes = new Routes(rules, fleet);
        this.retries = new RetryBudget(setting.clock());
        this.models = setting.scenario().models().stream()
                .map(model -> ModelName.parse(model.name()).orElseThrow())
                .toList();
        for (Host host : setting.hosts()) {
            Backend backend = fleet.get(host.spec().name());
            hosts.put(backend, host);
            backends.add(backend);
            new Probes(backend, host, models, setting).start();
        }
        setting.clock().every(SWEEP, this::sweep);
    }

    /** The rules that an operator would write who knows the slots of the hosts and nothing of their speed: clouds come last. */
    private static Rules rules(Scenario scenario) {
        List<String> declared = new ArrayList<>();
        List<String> own = new ArrayList<>();
        List<String> clouds = new ArrayList<>();
        for (HostSpec host : scenario.hosts()) {
            int port = 20000 + declared.size();
            declared.add("\"%s\":{\"url\":\"http://127.0.0.1:%d\",\"slots\":%d,\"zone\":\"%s\"}"
                    .formatted(host.name(), port, host.slots(), host.cloud() ? "cloud" : "lan"));
            (host.cloud() ? clouds : own).add('"' + host.name() + '"');
        }
        String tiers = (clouds.isEmpty() ? List.of(own) : List.of(own, clouds)).toString();
        String json = "{\"backends\":{" + String.join(",", declared) + "},\"routes\":[{\"models\":[\"*\"],\"tiers\":"
                + tiers + "}]}";
        try {
            return RulesLoader.load("simulated", json.getBytes(StandardCharsets.UTF_8));
        } catch (InvalidRules e) {
            throw new IllegalStateException("the simulation writes rules that are none", e);
        }
    }

    @Override
    public void route(Request request, Proxy proxy) {
        if (request.tried.isEmpty()) {
            retries.request();
        }
        Plan plan = routes.plan(models.get(request.model), null, null);
        Set<Backend> excluded = new HashSet<>();
        for (Host host : setting.hosts()) {
            if (request.tried.contains(host) || !setting.wallet().allows(host, request)) {
                excluded.add(backends.get(host.index()));
            }
        }
        if (Selector.choose(plan, excluded) instanceof Taken taken) {
            Held held = new Held(request, taken);
            Host host = Objects.requireNonNull(hosts.get(taken.candidate().backend()));
            waiting.add(proxy.send(request, host, held));
        } else {
            proxy.refuse(request);
        }
    }

    @Override
    public boolean again(Request request, Failure failure) {
        return failure.retriable()
                && request.tried.size() < rules.limits().attempts()
                && (failure.freeRetry() || retries.tryRetry());
    }

    /** Nobody waits for the first token of a host that is known to be dead. */
    private void sweep() {
        waiting.removeIf(attempt -> attempt.begun() || attempt.over());
        for (Attempt attempt : List.copyOf(waiting)) {
            if (backends.get(attempt.host().index()).health() == Health.DOWN) {
                attempt.fail(new Failure(Kind.HOST_DOWN, "it went down"));
            }
        }
    }

    private final class Held implements Place {
        private final Request request;
        private final Taken taken;

        Held(Request request, Taken taken) {
            this.request = request;
            this.taken = taken;
        }

        @Override
        public double patience() {
            long bytes = BYTES_BESIDES + (long) BYTES_PER_TOKEN * request.promptTokens;
            return Patience.firstByte(taken.lease(), bytes, true, rules.timeouts()) / 1e9;
        }

        @Override
        public void firstToken() {
            taken.lease().firstToken(true);
            Backend backend = taken.candidate().backend();
            backend.contexts()
                    .ran(taken.candidate().model(), null, setting.clock().nanos());
        }

        @Override
        public void finished() {
            taken.lease().end(Outcome.OK);
        }

        @Override
        public void failed(Failure failure) {
            taken.lease().failed(failure, 0);
        }
    }
}
