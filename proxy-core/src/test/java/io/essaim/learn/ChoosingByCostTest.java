package io.essaim.learn;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

/** The predictions at work: a fleet of unequal backends that nobody has measured, and requests that go where it is cheapest. */
class ChoosingByCostTest {
    private static final long SEED = 2024;
    private static final String MODEL = "llama3.2";

    private final Estimates estimates = new Estimates(CostTerms.USUAL);
    private final Random random = new Random(SEED);
    private final List<Host> fleet = List.of(
            new Host("fast", new double[] {0.001, 0.0167, 0.004}, 4, 1),
            new Host("dev2", new double[] {0.004, 0.0333, 0.015}, 4, 2),
            new Host("pi", new double[] {0.04, 0.2, 0.18}, 1, 3));
    private final List<Sent> sent = new ArrayList<>();

    private final class Host {
        final ModelEstimates model;
        final ClockworkBackend machine;
        int requests;

        Host(String name, double[] speeds, int slots, long seed) {
            machine = new ClockworkBackend(speeds, slots, true, seed);
            // The rules know the slots and nothing else: all begin alike, and wrong.
            model = estimates
                    .backend(name)
                    .model(MODEL, () -> BackendClass.CPU_SERVER.prior(0).withSlots(slots));
        }
    }

    private record Sent(Prediction prediction, ActiveGeneration generation) {
        double firstToken() {
            return (generation.firstAt - generation.begun) / 1e9;
        }

        double wrongBy() {
            return Math.abs(prediction.ttftSeconds() - firstToken()) / firstToken();
        }
    }

    private void run(int requests, double every) {
        double due = 0;
        for (int i = 0; i < requests; i++) {
            due += -every * Math.log(1 - random.nextDouble());
            for (Host host : fleet) {
                host.machine.pass(due);
            }
            due = 0;
            send();
        }
        for (Host host : fleet) {
            while (host.machine.inside() > 0) {
                host.machine.pass(60);
            }
            assertThat(host.model.inFlight()).isZero();
        }
    }

    private void send() {
        int prompt = 100 + random.nextInt(900);
        int output = (int) Math.max(4, Math.min(1000, 120 * Math.exp(random.nextGaussian())));
        RequestSize demand = RequestSize.ofTokens(prompt);
        Host best = fleet.stream()
                .min(Comparator.comparingDouble(host -> predict(host, demand).cost(1)))
                .orElseThrow();
        Prediction prediction = predict(best, demand);
        ActiveGeneration generation = best.model.begin(demand, prediction, best.machine.now());
        best.machine.submit(generation, prompt, 0, output);
        best.requests++;
        sent.add(new Sent(prediction, generation));
    }

    private static Prediction predict(Host host, RequestSize demand) {
        return host.model.predict(demand, 0, null, host.machine.now());
    }

    @Test
    void findsTheFastOnesAndForeseesTheFirstToken() {
        run(100, 2);
        fleet.forEach(host -> host.requests = 0);
        sent.clear();
        run(600, 3);
        double[] wrong = sent.stream().mapToDouble(Sent::wrongBy).sorted().toArray();
        assertThat(wrong[300]).as("median error, seed %d", SEED).isLessThan(0.2);
        assertThat(wrong[540]).as("nine of ten").isLessThan(0.6);
        assertThat(fleet.get(0).requests).isGreaterThan(5 * fleet.get(1).requests);
        assertThat(fleet.get(2).requests).isLessThan(10);
        for (Host host : fleet.subList(0, 2)) {
            assertThat(host.model.slots()).isEqualTo(host.machine.slots);
            assertThat(host.model.prefill.seconds()).isCloseTo(host.machine.prefill, Percentage.withPercentage(15));
            assertThat(host.model.decode.alone()).isCloseTo(host.machine.alone, Percentage.withPercentage(15));
        }
    }

    @Test
    void leavesAHostThatThrottles() {
        run(150, 2);
        Host fast = fleet.get(0);
        fast.machine.slowdown = 30;
        fast.requests = 0;
        sent.clear();
        run(200, 8);
        assertThat(fast.requests).as("of 200, seed %d", SEED).isLessThan(10);
    }
}
