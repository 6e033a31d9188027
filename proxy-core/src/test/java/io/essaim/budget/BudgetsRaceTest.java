package io.essaim.budget;

import static io.essaim.config.Allowance.UNLIMITED;
import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.config.AgentRule;
import io.essaim.config.Allowance;
import io.essaim.config.BudgetRule;
import io.essaim.config.Price;
import io.essaim.config.Priority;
import io.essaim.config.Profile;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** What is spent and reserved never passes a limit, and adds up to what the calls used. */
class BudgetsRaceTest {
    private static final int THREADS = 4;
    private static final int CALLS = 3000;
    private static final Allowance DAY = new Allowance(4000, 500_000, 2_000_000);
    private static final AgentRule AGENT = new AgentRule(
            "drh",
            null,
            List.of(),
            null,
            0,
            null,
            Priority.INTERACTIVE,
            List.of(),
            new BudgetRule(DAY, new Allowance(UNLIMITED, 100_000_000, UNLIMITED), ZoneId.of("UTC")),
            Profile.NONE);
    private static final Price PRICE = new Price(300_000, 2_500_000);

    private final long seed = System.nanoTime();
    private final MemoryStore store = new MemoryStore();
    private final Budgets budgets = new Budgets(store, new ManualClock("2026-11-23T12:00Z"));
    private final AtomicLong tokens = new AtomicLong();
    private final AtomicLong requests = new AtomicLong();
    private final AtomicLong refusals = new AtomicLong();

    /** Calls one after another, some of them open at the same time; each ends in one of the ways there are, some in two. */
    private List<String> run(long own) {
        Random random = new Random(own);
        List<String> faults = new ArrayList<>();
        List<Runnable> open = new ArrayList<>();
        for (int i = 0; i < CALLS; i++) {
            long input = random.nextInt(100);
            long output = random.nextInt(400);
            BudgetDecision verdict = budgets.reserve(AGENT, CloudUsage.ofCall(input, output, PRICE));
            if (verdict instanceof BudgetDecision.Granted granted) {
                open.add(end(granted.reservation(), random, input, output));
            } else {
                refusals.incrementAndGet();
            }
            CloudUsage used = store.read("drh").day().used();
            if (used.requests() > DAY.requests() || used.tokens() > DAY.tokens() || used.cost() > DAY.cost()) {
                faults.add(used.toString());
            }
            while (!open.isEmpty() && random.nextInt(4) == 0) {
                open.remove(random.nextInt(open.size())).run();
            }
        }
        open.forEach(Runnable::run);
        return faults;
    }

    private Runnable end(Reservation reservation, Random random, long input, long output) {
        int way = random.nextInt(3);
        long part = output == 0 ? 0 : random.nextInt((int) output);
        return () -> {
            switch (way) {
                case 0 -> reservation.refund();
                case 1 -> {
                    reservation.settle(CloudUsage.ofCall(input, part, PRICE));
                    reservation.spendAll();
                    tokens.addAndGet(input + part);
                    requests.incrementAndGet();
                }
                default -> {
                    reservation.spendAll();
                    reservation.refund();
                    tokens.addAndGet(input + output);
                    requests.incrementAndGet();
                }
            }
        };
    }

    @Test
    void threadsThatRaceNeverPassALimit() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            List<Callable<List<String>>> all = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                long own = seed + i;
                all.add(() -> run(own));
            }
            for (Future<List<String>> each : threads.invokeAll(all)) {
                assertThat(each.get()).as("seed %d", seed).isEmpty();
            }
        } finally {
            threads.shutdown();
        }
        BudgetWindow day = store.read("drh").day();
        assertThat(day.reserved()).as("seed %d", seed).isEqualTo(CloudUsage.NONE);
        assertThat(day.spent().tokens()).as("seed %d", seed).isEqualTo(tokens.get());
        assertThat(day.spent().requests()).as("seed %d", seed).isEqualTo(requests.get());
        assertThat(store.read("drh").month().spent()).as("seed %d", seed).isEqualTo(day.spent());
        assertThat(refusals.get()).as("refused, seed %d", seed).isPositive();
        assertThat(store.lostRaces.get()).as("races, seed %d", seed).isPositive();
    }
}
