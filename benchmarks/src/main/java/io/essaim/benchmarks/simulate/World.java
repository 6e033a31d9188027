package io.essaim.benchmarks.simulate;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** One run of one scenario under one policy. */
final class World {
    private final Scenario scenario;
    private final long seed;
    private final Clock clock = new Clock();
    private final List<Host> hosts = new ArrayList<>();
    private final List<Request> requests = new ArrayList<>();
    private final Wallet wallet;
    private final Proxy proxy;
    private final Draws arrivals;
    private final Map<Request, Conversation> talking = new HashMap<>();
    private long conversations;

    /**
     * What happened.
     *
     * @param requests all of them, in the order in which they came; each has ended
     * @param loads that hosts began
     * @param dollars spent on clouds
     */
    record Run(List<Request> requests, int loads, double dollars) {}

    private World(Scenario scenario, long seed, Setting.Maker maker) {
        this.scenario = scenario;
        this.seed = seed;
        this.arrivals = new Draws(seed, 0);
        this.wallet = new Wallet(scenario.dollarsPerHour(), clock);
        for (HostSpec spec : scenario.hosts()) {
            hosts.add(new Host(hosts.size(), spec, scenario.models(), clock));
        }
        fillMemories();
        Setting setting = new Setting(scenario, seed, clock, List.copyOf(hosts), wallet, believed());
        this.proxy =
                new Proxy(clock, maker.make(setting), wallet, scenario.load().patience(), this::ended);
    }

    /** @param maker makes the policy under judgement */
    static Run run(Scenario scenario, long seed, Setting.Maker maker) {
        return new World(scenario, seed, maker).run();
    }

    private void fillMemories() {
        Draws draws = new Draws(seed, 2);
        double[] shares = scenario.shares();
        for (Host host : hosts) {
            if (host.spec().cloud()) {
                continue;
            }
            List<Integer> given = scenario.inMemory().isEmpty()
                    ? List.of()
                    : scenario.inMemory().get(host.index());
            given.forEach(host::preload);
            for (int i = 0; scenario.inMemory().isEmpty() && i < host.spec().residents(); i++) {
                host.preload(draws.index(shares));
            }
        }
    }

    private double[] believed() {
        Draws draws = new Draws(seed, 3);
        return hosts.stream()
                .mapToDouble(host -> draws.logNormal(host.spec().capacity(), scenario.error()))
                .toArray();
    }

    private Run run() {
        for (Fault fault : scenario.faults()) {
            clock.at(fault.at(), () -> fault.happenTo(hosts.get(fault.host())));
        }
        arriveAfterPause();
        clock.run(() -> clock.now() >= scenario.load().seconds() && proxy.open() == 0);
        int loads = hosts.stream().mapToInt(Host::loads).sum();
        return new Run(requests, loads, wallet.spent());
    }

    private void arriveAfterPause() {
        clock.in(arrivals.exponential(1 / scenario.load().conversations()), () -> {
            if (clock.now() < scenario.load().seconds()) {
                arriveAfterPause();
                ask(new Conversation(seed, ++conversations, scenario.load(), scenario.shares()));
            }
        });
    }

    private void ask(Conversation conversation) {
        Request request = conversation.ask(clock.now());
        requests.add(request);
        talking.put(request, conversation);
        proxy.arrive(request);
    }

    private void ended(Request request) {
        Conversation conversation = talking.remove(request);
        if (conversation != null && conversation.more()) {
            clock.in(conversation.think(), () -> {
                if (clock.now() < scenario.load().seconds()) {
                    ask(conversation);
                }
            });
        }
    }
}
