package io.essaim.benchmarks.simulate;

import io.essaim.admit.Admission;
import io.essaim.admit.Bid;
import io.essaim.admit.Queues;
import io.essaim.admit.Ticket;
import io.essaim.api.Failure;
import io.essaim.api.Failure.Kind;
import io.essaim.choose.Affinity;
import io.essaim.choose.Choice;
import io.essaim.choose.Choice.Taken;
import io.essaim.choose.Outlook;
import io.essaim.choose.Plan;
import io.essaim.choose.Prompt;
import io.essaim.choose.RetryBudget;
import io.essaim.choose.Routes;
import io.essaim.choose.Selector;
import io.essaim.config.Priority;
import io.essaim.config.Rules;
import io.essaim.fleet.Backend;
import io.essaim.fleet.Backend.Health;
import io.essaim.fleet.Fleet;
import io.essaim.learn.CostTerms;
import io.essaim.learn.Demand;
import io.essaim.learn.Estimates;
import io.essaim.model.ModelName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The proxy's own classes under the virtual clock: routes, estimates, selector, affinity, queues, backends with their breakers
 * and leases, retry budget, patience. What {@code io.essaim.relay} does around them with sockets is done here in as few lines.
 */
final class ProductionPolicy implements Policy {
    private static final double SWEEP = 0.25;
    private static final int MOST_BEGINNINGS = 200_000;

    private final Setting setting;
    private final Rules rules;
    private final Routes routes;
    private final RetryBudget retries;
    private final Affinity affinity;
    private final Queues queues;
    private final List<ModelName> models;
    private final Map<Backend, Host> hosts = new HashMap<>();
    private final List<Backend> backends = new ArrayList<>();
    private final List<Held> underWay = new ArrayList<>();
    private final Map<Request, Ticket> queued = new HashMap<>();
    private final Map<Request, Prompt> prompts = new HashMap<>();

    ProductionPolicy(Setting setting) {
        this.setting = setting;
        this.rules = Rulebook.of(setting);
        Clock clock = setting.clock();
        Fleet fleet = new Fleet(rules, clock, new Estimates(CostTerms.USUAL));
        this.routes = new Routes(rules, fleet);
        this.retries = new RetryBudget(clock);
        this.affinity = new Affinity(MOST_BEGINNINGS, setting.seed(), ~setting.seed(), clock);
        Draws draws = setting.draws(6);
        this.queues = new Queues(rules.queue(), clock, draws::uniform);
        this.models = setting.scenario().models().stream()
                .map(model -> ModelName.parse(model.name()).orElseThrow())
                .toList();
        for (Host host : setting.hosts()) {
            Backend backend = fleet.get(host.spec().name());
            hosts.put(backend, host);
            backends.add(backend);
            new Probes(backend, host, models, setting).start();
            backend.whenFreed(queues::freed);
        }
        clock.every(SWEEP, this::sweep);
        clock.every(1, () -> underWay.forEach(Held::progress));
    }

    @Override
    public void route(Request request, Proxy proxy) {
        if (request.tried.isEmpty()) {
            retries.request();
            prompts.put(request, prompt(request));
        }
        Prompt prompt = Objects.requireNonNull(prompts.get(request));
        Plan plan = routes.plan(models.get(request.model), null, null);
        Set<Backend> excluded = setting.hosts().stream()
                .filter(host ->
                        request.tried.contains(host) || !setting.wallet().allows(host, request))
                .map(host -> backends.get(host.index()))
                .collect(Collectors.toUnmodifiableSet());
        Outlook outlook = Outlook.of(plan, prompt);
        Bid bid = new Bid(
                plan.model().key(),
                "somebody",
                Priority.INTERACTIVE,
                outlook.seconds(),
                outlook.slots(),
                List.of(plan, excluded),
                setting.clock().nanos(),
                !request.tried.isEmpty(),
                () -> Selector.chooseFree(plan, excluded, prompt));
        Admission admission =
                queues.enter(bid, ticket -> setting.clock().in(0, () -> ready(ticket, request, proxy, prompt)));
        if (admission instanceof Admission.Waiting waiting) {
            queued.put(request, waiting.ticket());
        } else if (admission instanceof Admission.Decided now) {
            decided(now.choice(), request, proxy, prompt);
        }
    }

    private Prompt prompt(Request request) {
        byte[] text = Spoken.text(request);
        Demand demand = Demand.ofBytes(Spoken.bodyBytes(request));
        String scope = "somebody\n" + models.get(request.model).key();
        return Prompt.of(demand, affinity, affinity.conversation(scope, text, 0, text.length));
    }

    private void ready(Ticket ticket, Request request, Proxy proxy, Prompt prompt) {
        queued.remove(request);
        Choice choice = ticket.take();
        if (choice != null) {
            decided(choice, request, proxy, prompt);
        }
    }

    private void decided(Choice choice, Request request, Proxy proxy, Prompt prompt) {
        if (choice instanceof Taken taken) {
            Host host = Objects.requireNonNull(hosts.get(taken.candidate().backend()));
            Held held = new Held(setting.clock(), request, host, taken, prompt, rules.timeouts());
            Attempt attempt = proxy.send(request, host, held);
            held.sent(attempt);
            if (!attempt.over()) {
                underWay.add(held);
            }
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

    /** Nobody waits for the first token of a host that is known to be dead, or for a slot when his client has left. */
    private void sweep() {
        queued.entrySet().removeIf(entry -> {
            boolean left = entry.getKey().end() != null;
            if (left) {
                entry.getValue().leave();
            }
            return left;
        });
        prompts.keySet().removeIf(request -> request.end() != null);
        underWay.removeIf(Held::over);
        for (Held held : List.copyOf(underWay)) {
            if (!held.begun() && held.backend().health() == Health.DOWN) {
                held.fail(new Failure(Kind.HOST_DOWN, "it went down"));
            }
        }
        queues.sweep(setting.clock().nanos());
    }
}
