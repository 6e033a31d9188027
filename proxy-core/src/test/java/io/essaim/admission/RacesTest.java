package io.essaim.admission;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.api.Failure.Outcome;
import io.essaim.config.Priority;
import io.essaim.fleet.TestFleet;
import io.essaim.selection.Choice;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Several loops, as in the server: each owns its requests, hears of its tickets through its own inbox, and comes, leaves, frees slots
 * and sweeps as its seed says, while the others do the same.
 */
class RacesTest {
    private static final int LOOPS = 4;
    private static final int STEPS = 4000;
    private static final int SLOTS = 3;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void everyTicketEndsOnceAndEverySlotComesBack(long seed) throws Exception {
        TestFleet fleet = new TestFleet(
                "{'backends':{'a':{'url':'http://a','slots':2,'slotsInAll':2},'b':{'url':'http://b','slots':1,'slotsInAll':1}},"
                        + "'routes':[{'models':['m'],'tiers':[['a']]},{'models':['*'],'tiers':[['a','b']]}]}");
        fleet.up("a", "m", "n").up("b", "n").loaded("a", "m", "n").loaded("b", "n");
        Scene scene = new Scene(fleet, 12, Duration.ofSeconds(8));
        AtomicInteger running = new AtomicInteger();
        ExecutorService threads = Executors.newFixedThreadPool(LOOPS);
        List<OneLoop> loops = new ArrayList<>();
        List<Future<Void>> futures = new ArrayList<>();
        for (int i = 0; i < LOOPS; i++) {
            OneLoop loop = new OneLoop(scene, new Random(seed * 31 + i), running);
            loops.add(loop);
            futures.add(threads.submit(loop));
        }
        for (Future<Void> future : futures) {
            future.get(60, TimeUnit.SECONDS);
        }
        threads.shutdown();
        while (loops.stream().anyMatch(OneLoop::busy)) { // Nobody comes any more; what runs ends, what waits is served.
            loops.forEach(OneLoop::settle);
        }

        Map<Ticket.End, Long> ends = new EnumMap<>(Ticket.End.class);
        for (OneLoop loop : loops) {
            assertThat(loop.answeredTwice).as("seed %d", seed).isZero();
            loop.tickets.forEach(ticket -> ends.merge(Objects.requireNonNull(ticket.end()), 1L, Long::sum));
        }
        System.out.println("seed " + seed + ": " + ends + ", of all that entered "
                + scene.queues.figures().ends());
        assertThat(ends).as("all of them happened").containsOnlyKeys(Ticket.End.values());
        assertThat(scene.queues.figures().ends())
                .as("counted once each")
                .allSatisfy((end, count) -> assertThat(count).isGreaterThanOrEqualTo(ends.get(end)));
        assertThat(scene.inFlight()).isZero();
        assertThat(running).hasValue(0);
        assertThat(scene.queues.waiting()).isZero();
        assertThat(scene.queues.views()).isEmpty();
    }

    private static final class OneLoop implements Callable<Void> {
        final List<Ticket> tickets = new ArrayList<>();
        int answeredTwice;
        private final Scene scene;
        private final Random random;
        private final AtomicInteger running;
        private final Queue<Ticket> inbox = new ConcurrentLinkedQueue<>();
        private final List<Ticket> waiting = new ArrayList<>();
        private final Deque<Choice.Taken> mine = new ArrayDeque<>();

        OneLoop(Scene scene, Random random, AtomicInteger running) {
            this.scene = scene;
            this.random = random;
            this.running = running;
        }

        @Override
        public Void call() {
            for (int i = 0; i < STEPS; i++) {
                int what = random.nextInt(20);
                if (what < 8) {
                    come();
                } else if (what < 12) {
                    endOne();
                } else if (what < 14 && !waiting.isEmpty()) {
                    waiting.remove(random.nextInt(waiting.size())).leave();
                } else if (what < 19) {
                    hear();
                } else {
                    scene.fleet.ticker.pass(Duration.ofMillis(500));
                    scene.queues.sweep(scene.fleet.ticker.nanos());
                }
            }
            return null;
        }

        boolean busy() {
            return !waiting.isEmpty() || !mine.isEmpty() || !inbox.isEmpty();
        }

        void settle() {
            hear();
            endOne();
        }

        private void come() {
            String model = random.nextBoolean() ? "m" : "n";
            Priority priority = random.nextInt(4) == 0 ? Priority.BATCH : Priority.INTERACTIVE;
            SlotRequest bid = scene.bid(model, "agent" + random.nextInt(3), priority, 1 + random.nextInt(5));
            Admission admission = scene.queues.enter(bid, inbox::add);
            if (admission instanceof Admission.Waiting ticket) {
                waiting.add(ticket.ticket());
                tickets.add(ticket.ticket());
            } else {
                run(((Admission.Decided) admission).choice());
            }
        }

        private void hear() {
            for (Ticket ticket = inbox.poll(); ticket != null; ticket = inbox.poll()) {
                boolean here = waiting.remove(ticket);
                Choice choice = ticket.take();
                assertThat(choice != null).as("an answer unless it left").isEqualTo(here);
                answeredTwice += ticket.take() == null ? 0 : 1;
                if (choice != null) {
                    run(choice);
                }
            }
        }

        private void run(Choice choice) {
            if (choice instanceof Choice.Taken taken) {
                assertThat(running.incrementAndGet()).isLessThanOrEqualTo(SLOTS);
                mine.add(taken);
            }
        }

        private void endOne() {
            Choice.Taken taken = mine.poll();
            if (taken != null) {
                running.decrementAndGet();
                taken.lease().end(Outcome.NEUTRAL);
            }
        }
    }
}
