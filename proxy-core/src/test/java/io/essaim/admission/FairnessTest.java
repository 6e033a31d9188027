package io.essaim.admission;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.config.Priority;
import io.essaim.selection.Choice;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FairnessTest {

    @Test
    void agentsAlternateAndEachIsServedInItsOrder() {
        Scene scene = Scene.ofSlots(1);
        Choice.Taken running = scene.runs("x");
        for (int i = 0; i < 6; i++) {
            scene.waits("greedy", 4);
        }
        scene.waits("y", 4);
        scene.waits("z", 4);
        scene.waits("y", 4);

        assertThat(scene.drain(running))
                .containsExactly("greedy", "y", "z", "greedy", "y", "greedy", "greedy", "greedy", "greedy");
    }

    @Test
    void agentsAlternateWhateverAnAnswerCosts() {
        for (double seconds : new double[] {0.05, 1, 2.5, 5, 7, 300}) {
            Scene scene = Scene.ofSlots(1);
            Choice.Taken running = scene.runs("x");
            scene.waits("a", seconds);
            scene.waits("a", seconds);
            scene.waits("b", seconds);
            List<String> order = scene.drain(running);
            assertThat(order).as("%s s", seconds).containsExactly("a", "b", "a");
        }
    }

    @Test
    void whoAsksNowAndThen_isNextWhenHeComes_andGetsNoMoreThanHisShareByThat() {
        for (double seconds : new double[] {0.3, 7}) {
            Scene scene = Scene.ofSlots(1);
            Choice.Taken running = scene.runs("x");
            for (int i = 0; i < 30; i++) {
                scene.waits("greedy", seconds);
            }
            List<String> order = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                running = scene.next(running, order);
                if (i % 4 == 1 || i >= 8) {
                    scene.waits("rare", seconds);
                }
            }
            assertThat(order.subList(0, 8))
                    .as("%s s", seconds)
                    .containsExactly("greedy", "greedy", "rare", "greedy", "greedy", "greedy", "rare", "greedy");
            assertThat(Collections.frequency(order.subList(8, 12), "rare"))
                    .as("one that asks all the time waits for the others' turns")
                    .isLessThanOrEqualTo(2);
        }
    }

    @Test
    void agentsGetEqualTimeNotEqualNumbers() {
        Scene scene = Scene.ofSlots(1);
        Choice.Taken running = scene.runs("x");
        for (int i = 0; i < 10; i++) {
            scene.waits("long", 20);
        }
        for (int i = 0; i < 100; i++) {
            scene.waits("short", 2);
        }
        List<String> order = scene.drain(running);
        int longs = Collections.frequency(order.subList(0, 55), "long");
        assertThat(longs).isBetween(4, 6);
    }

    @Test
    void batchGetsWhatNobodyElseWants() {
        Scene scene = Scene.ofSlots(1);
        Choice.Taken running = scene.runs("x");
        scene.waits("night", Priority.BATCH);
        scene.waits("night", Priority.BATCH);
        scene.waits("x", 1);
        scene.waits("y", 1);

        assertThat(scene.drain(running)).containsExactly("x", "y", "night", "night");
    }

    @Test
    void aFreeSlotGoesToTheInteractiveRequestOfAnotherModelBeforeBatch() {
        Scene scene = Scene.ofSlots(1);
        Choice.Taken running = scene.runs("x");
        scene.waits("night", Priority.BATCH);
        scene.waits(scene.bid("n", "x", Priority.INTERACTIVE, 1));

        assertThat(scene.drain(running)).containsExactly("x", "night");
    }

    @Test
    void modelsTakeTurns() {
        Scene scene = Scene.ofSlots(1);
        Choice.Taken running = scene.runs("x");
        for (String agent : List.of("m1", "m2", "m3")) {
            scene.waits(scene.bid("m", agent, Priority.INTERACTIVE, 1));
        }
        scene.waits(scene.bid("n", "n1", Priority.INTERACTIVE, 1));
        scene.waits(scene.bid("n", "n2", Priority.INTERACTIVE, 1));

        assertThat(scene.drain(running)).containsExactly("m1", "n1", "m2", "n2", "m3");
    }

    @Test
    void theNewestGoesFirstWhileAnAgentIsLate() {
        Scene scene = Scene.ofSlots(1);
        Choice.Taken running = scene.runs("x");
        List<Ticket> tickets = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            tickets.add(scene.waits("x", 1));
        }
        Ticket other = scene.waits("y", 1);
        List<Integer> order = new ArrayList<>();
        for (double pause : new double[] {6, 1.5, 0.1, 1, 1, 1, 1, 1, 1}) {
            scene.passSeconds(pause);
            scene.told.clear();
            Scene.end(running);
            running = Scene.slotOf(scene.told.get(0));
            order.add(tickets.indexOf(scene.told.get(0)));
        }
        // 0 is late at 6 s, 1 at 7.5, 2 at 8.6: more than 2 s since the first. y is not x's affair.
        order.remove(Integer.valueOf(-1));
        assertThat(other.end()).isEqualTo(Ticket.End.DISPATCHED);
        assertThat(order).containsExactly(0, 1, 2, 7, 6, 5, 4, 3);

        Ticket first = scene.waits("x", 1); // Drained, so all is forgiven.
        scene.waits("x", 1);
        Scene.end(running);
        assertThat(scene.told.get(scene.told.size() - 1)).isSameAs(first);
    }

    @Test
    void oneTimelyAnswerEndsTheSuspicion() {
        Scene scene = Scene.ofSlots(1);
        Choice.Taken running = scene.runs("x");
        scene.waits("x", 1);
        scene.passSeconds(6);
        Ticket timely = scene.waits("x", 1);
        Ticket late = scene.waits("x", 1);
        scene.waits("x", 1);
        Scene.end(running); // late by a second
        running = Scene.slotOf(scene.told.get(0));
        Scene.end(running);
        running = Scene.slotOf(timely);
        scene.passSeconds(6);
        Scene.end(running);
        assertThat(Scene.slotOf(late)).as("the older of two").isNotNull();
    }

    /** The order that is shown is the order of service, whatever was served, passed over and left before. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void theShownOrderIsTheOrderOfService(long seed) {
        Random random = new Random(seed);
        Scene scene = Scene.ofSlots(1);
        Choice.Taken running = scene.runs("x");
        List<Ticket> waiting = new ArrayList<>();
        for (int step = 0; step < 300; step++) {
            int what = random.nextInt(10);
            if (what < 6) {
                Priority priority = random.nextInt(4) == 0 ? Priority.BATCH : Priority.INTERACTIVE;
                double seconds = 0.1 + 20 * random.nextDouble();
                waiting.add(scene.waits(scene.bid("m", "a" + random.nextInt(5), priority, seconds)));
            } else if (what < 8 && !waiting.isEmpty()) {
                waiting.remove(random.nextInt(waiting.size())).leave();
            } else if (!waiting.isEmpty()) {
                running = serveOne(scene, running, waiting);
            }
            scene.passSeconds(random.nextDouble() / 100); // Nobody is late: that would change the order on the way.
        }
        List<String> shown = scene.queues.views().get(0).waiting().stream()
                .map(QueueSnapshot.Place::agent)
                .toList();
        assertThat(scene.drain(running)).as("seed %d", seed).isEqualTo(shown);
    }

    private static Choice.Taken serveOne(Scene scene, Choice.Taken running, List<Ticket> waiting) {
        scene.told.clear();
        Scene.end(running);
        Ticket served = scene.told.get(0);
        waiting.remove(served);
        return Scene.slotOf(served);
    }

    /**
     * Three agents that together need a third of two slots, and one that asks for ten times as much as each. A request whose
     * agent has no other waiting waits for a slot to be free and for the three others meanwhile: each is given at most as much as
     * the agent's last answer cost, and one answer that begins just before.
     */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void anAgentAtTenTimesTheLoadDelaysOnlyItself(long seed) {
        Random random = new Random(seed);
        double modest = 1 / 24.0;
        Map<String, Double> rates = Map.of("greedy", 10 * modest, "b", modest, "c", modest, "d", modest);
        OpenSystem system = new OpenSystem(Scene.ofSlots(2, 64, Duration.ofMinutes(2)), random);
        Map<String, List<Double>> waits = system.run(rates, 4000);

        String story = "seed " + seed + ": longest alone " + system.longestAlone + ", mean waits " + means(waits)
                + ", refused " + system.refused;
        System.out.println(story);
        double longest = OpenSystem.LONGEST;
        double bound = longest + 3 * (longest + longest) / 2;
        assertThat(system.longestAlone).as(story).isPositive().isLessThanOrEqualTo(bound);
        for (String agent : List.of("b", "c", "d")) {
            assertThat(system.refused).as(story).doesNotContainKey(agent);
        }
        assertThat(system.refused).as("more than there is room for").containsKey("greedy");
        assertThat(waits.get("greedy")).as("not starved").hasSizeGreaterThan(300);
        assertThat(system.scene.inFlight()).isZero();
    }

    private static Map<String, Double> means(Map<String, List<Double>> waits) {
        Map<String, Double> means = new HashMap<>();
        waits.forEach((agent, of) ->
                means.put(agent, of.stream().mapToDouble(w -> w).average().orElse(0)));
        return means;
    }

    /** Requests that come whatever becomes of others, for answers of 2 to 8 seconds; who waited how long, by agent. */
    private static final class OpenSystem {
        static final double LONGEST = 8;

        final Scene scene;
        final Map<String, Integer> refused = new HashMap<>();
        private final Random random;
        private final Map<String, List<Double>> waits = new HashMap<>();
        private final Map<Ticket, Double> durations = new HashMap<>();
        private final Set<Ticket> lone = new HashSet<>();
        private final PriorityQueue<Event> events = new PriorityQueue<>((a, b) -> Double.compare(a.at, b.at));
        private double now;
        double longestAlone;

        private record Event(double at, String arrival, Choice.Taken departure) {}

        OpenSystem(Scene scene, Random random) {
            this.scene = scene;
            this.random = random;
        }

        Map<String, List<Double>> run(Map<String, Double> rates, double seconds) {
            rates.forEach((agent, rate) -> {
                for (double at = gap(rate); at < seconds; at += gap(rate)) {
                    events.add(new Event(at, agent, null));
                }
            });
            while (!events.isEmpty()) {
                Event event = events.remove();
                scene.passSeconds(event.at - now);
                now = event.at;
                if (event.departure != null) {
                    Scene.end(event.departure);
                } else {
                    arrive(event.arrival);
                }
                scene.told.forEach(this::answered);
                scene.told.clear();
            }
            return waits;
        }

        private double gap(double rate) {
            return -Math.log(1 - random.nextDouble()) / rate;
        }

        private void arrive(String agent) {
            double duration = 2 + (LONGEST - 2) * random.nextDouble();
            boolean alone = durations.keySet().stream()
                    .noneMatch(t -> t.end() == null && t.bid.agent().equals(agent));
            Admission admission = scene.enter(agent, duration);
            if (alone && admission instanceof Admission.Waiting waiting) {
                lone.add(waiting.ticket());
            }
            if (admission instanceof Admission.Waiting waiting) {
                durations.put(waiting.ticket(), duration);
            } else {
                decided(agent, ((Admission.Decided) admission).choice(), duration, 0);
            }
        }

        private void answered(Ticket ticket) {
            double waited = ticket.waited(scene.fleet.ticker.nanos());
            if (lone.remove(ticket)) {
                longestAlone = Math.max(longestAlone, waited);
            }
            decided(ticket.bid.agent(), ticket.take(), Objects.requireNonNull(durations.remove(ticket)), waited);
        }

        private void decided(String agent, Choice choice, double duration, double waited) {
            if (choice instanceof Choice.Taken taken) {
                waits.computeIfAbsent(agent, a -> new ArrayList<>()).add(waited);
                events.add(new Event(now + duration, null, taken));
            } else {
                refused.merge(agent, 1, Integer::sum);
            }
        }
    }
}
