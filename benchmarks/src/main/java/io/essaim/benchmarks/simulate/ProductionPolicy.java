package io.essaim.benchmarks.simulate;

import io.essaim.admission.Admission;
import io.essaim.admission.Queues;
import io.essaim.admission.SlotRequest;
import io.essaim.admission.Ticket;
import io.essaim.api.Failure;
import io.essaim.api.Failure.Kind;
import io.essaim.config.Gate;
import io.essaim.config.Priority;
import io.essaim.config.Rules;
import io.essaim.fleet.Backend;
import io.essaim.fleet.Backend.Health;
import io.essaim.fleet.Fleet;
import io.essaim.fleet.SlotOwner;
import io.essaim.learn.CostTerms;
import io.essaim.learn.Estimates;
import io.essaim.learn.RequestSize;
import io.essaim.model.ModelName;
import io.essaim.selection.Canary;
import io.essaim.selection.CanarySchedule;
import io.essaim.selection.Candidate;
import io.essaim.selection.Choice;
import io.essaim.selection.Choice.Taken;
import io.essaim.selection.Plan;
import io.essaim.selection.PrefixAffinity;
import io.essaim.selection.PreloadRequest;
import io.essaim.selection.PromptEstimate;
import io.essaim.selection.ReadAhead;
import io.essaim.selection.RetryBudget;
import io.essaim.selection.Routes;
import io.essaim.selection.Selector;
import io.essaim.selection.WaitForecast;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The proxy's own classes under the virtual clock: routes, estimates, selector, affinity, queues, backends with their breakers
 * and leases, retry budget, patience. What {@code io.essaim.exchange} does around them with sockets is done here in as few lines.
 */
final class ProductionPolicy implements Policy {
    private static final double SWEEP = 0.25;
    private static final double LOOK = 0.5;
    private static final double AGAIN = 30;

    /** What the agent's rule says: a cloud when no host is expected to do this. */
    private static final Gate GOOD_ENOUGH = new Gate(7.75, 0.15);

    private static final int MOST_BEGINNINGS = 200_000;

    private final Setting setting;
    private final Rules rules;
    private final Fleet fleet;
    private final Routes routes;
    private final CanarySchedule canaries = new CanarySchedule();
    private final ReadAhead<Request> ahead = new ReadAhead<>();
    private final RetryBudget retries;
    private final PrefixAffinity affinity;
    private final Queues queues;
    private final List<ModelName> models;
    private final Map<Backend, Host> hosts = new HashMap<>();
    private final Map<Host, Backend> backends = new HashMap<>();
    private final List<Held> underWay = new ArrayList<>();
    private final Map<Candidate, Double> warmed = new HashMap<>();
    private final Map<Request, Ticket> queued = new HashMap<>();
    private final Map<Request, PromptEstimate> prompts = new HashMap<>();

    ProductionPolicy(Setting setting) {
        this.setting = setting;
        this.rules = Rulebook.of(setting);
        Clock clock = setting.clock();
        Fleet fleet = new Fleet(rules, clock, new Estimates(CostTerms.USUAL));
        this.routes = new Routes(rules, fleet);
        this.retries = new RetryBudget(clock);
        this.affinity = new PrefixAffinity(MOST_BEGINNINGS, setting.seed(), ~setting.seed(), clock);
        Draws draws = setting.draws(6);
        this.queues = new Queues(rules.queue(), clock, draws::uniform);
        this.models = setting.scenario().models().stream()
                .map(model -> ModelName.parse(model.name()).orElseThrow())
                .toList();
        for (Host host : setting.hosts()) {
            if (host.spec().cloud()) {
                continue;
            }
            Backend backend = fleet.get(host.spec().name());
            hosts.put(backend, host);
            backends.put(host, backend);
            new Probes(backend, host, models, setting).start();
            backend.whenFreed(queues::freed);
        }
        this.fleet = fleet;
        clock.every(SWEEP, this::sweep);
        clock.every(LOOK, this::warm);
        clock.every(SWEEP, () -> underWay.forEach(Held::progress));
    }

    @Override
    public void route(Request request, Proxy proxy) {
        if (request.tried.isEmpty()) {
            retries.request();
            PromptEstimate prompt = prompt(request);
            prompts.put(request, prompt);
            ahead.asked(prompt);
        }
        Plan plan = routes.plan(models.get(request.model), null, null);
        ask(request, proxy, cloud(request) == null ? plan : plan.gated(GOOD_ENOUGH));
    }

    private void ask(Request request, Proxy proxy, Plan plan) {
        PromptEstimate prompt = Objects.requireNonNull(prompts.get(request));
        Set<Backend> tried = request.tried.stream()
                .filter(host -> !host.spec().cloud())
                .map(host -> Objects.requireNonNull(backends.get(host)))
                .collect(Collectors.toUnmodifiableSet());
        WaitForecast outlook = WaitForecast.of(plan, prompt);
        long since = setting.clock().nanos() - Math.round(1e9 * (setting.clock().now() - request.arrivedAt));
        SlotRequest bid = new SlotRequest(
                plan.model().key(),
                new SlotOwner("somebody", Priority.INTERACTIVE),
                outlook.seconds(),
                outlook.slots(),
                List.of(plan, tried),
                0,
                since,
                !request.tried.isEmpty(),
                turn -> Selector.chooseFree(plan, tried, prompt, turn));
        Consumer<Choice> then = choice -> decided(choice, request, proxy, plan);
        Admission admission = queues.enter(bid, ticket -> setting.clock().in(0, () -> ready(ticket, request, then)));
        if (admission instanceof Admission.Waiting waiting) {
            queued.put(request, waiting.ticket());
        } else if (admission instanceof Admission.Decided now) {
            then.accept(now.choice());
        }
    }

    /** A cloud that may be asked, as the agent's rule says; null when there is none. */
    private @Nullable Host cloud(Request request) {
        return setting.hosts().stream()
                .filter(host -> host.spec().cloud() && !request.tried.contains(host))
                .filter(host -> setting.wallet().allows(host, request))
                .findFirst()
                .orElse(null);
    }

    private PromptEstimate prompt(Request request) {
        byte[] text = Spoken.text(request);
        RequestSize demand = RequestSize.ofBytes(Spoken.bodyBytes(request));
        String scope = "somebody\n" + models.get(request.model).key();
        return PromptEstimate.of(demand, affinity, affinity.conversation(scope, text, 0, text.length));
    }

    private void ready(Ticket ticket, Request request, Consumer<Choice> then) {
        queued.remove(request);
        Choice choice = ticket.take();
        if (choice != null) {
            then.accept(choice);
        }
    }

    private void decided(Choice choice, Request request, Proxy proxy, Plan plan) {
        if (choice instanceof Taken taken) {
            Host host = Objects.requireNonNull(hosts.get(taken.candidate().backend()));
            PromptEstimate prompt = Objects.requireNonNull(prompts.get(request));
            Held held = new Held(setting.clock(), request, host, taken, prompt, rules.timeouts());
            Attempt attempt = proxy.send(request, host, held);
            held.sent(attempt);
            if (!attempt.over()) {
                underWay.add(held);
            }
            return;
        }
        Host cloud = cloud(request);
        if (cloud != null) {
            PromptEstimate prompt = Objects.requireNonNull(prompts.get(request));
            ahead.missed(
                    plan,
                    prompt,
                    request,
                    Spoken.bodyBytes(request),
                    setting.clock().nanos());
            proxy.send(request, cloud, new Bought());
        } else if (plan.gate() != null) {
            ask(request, proxy, plan.gated(null));
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

    /** What {@code io.essaim.warm.ModelWarmer} does. */
    private void warm() {
        Clock clock = setting.clock();
        warmed.values().removeIf(at -> clock.now() - at > AGAIN);
        for (PreloadRequest wish : routes.wishes(clock.nanos())) {
            Candidate candidate = wish.candidate();
            if (warmed.putIfAbsent(candidate, clock.now()) == null) {
                Host host = Objects.requireNonNull(hosts.get(candidate.backend()));
                new Warmed(clock, host, candidate, models.indexOf(candidate.model())).start();
            }
        }
        for (Canary canary : canaries.due(routes, fleet, clock.nanos())) {
            Host host = Objects.requireNonNull(hosts.get(canary.candidate().backend()));
            new Sung(clock, host, canary, models.indexOf(canary.candidate().model())).start();
        }
        ReadAhead.Reading<Request> reading = queues.waiting() == 0 ? ahead.due(clock.nanos()) : null;
        if (reading != null) {
            Host host = Objects.requireNonNull(hosts.get(reading.candidate().backend()));
            new Aloud(clock, host, reading).start();
        }
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
