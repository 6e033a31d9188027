package io.essaim.learn;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Several event loops teach and ask the same estimates. */
class SharingTest {
    private static final int THREADS = 4;
    private static final int ROUNDS = 4000;

    private final Estimates estimates = new Estimates(CostTerms.USUAL);

    @Test
    void nothingIsLeftBehindAndEveryAnswerIsSound() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        List<Future<?>> all = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            long seed = i;
            all.add(threads.submit(() -> traffic(new Random(seed))));
        }
        for (Future<?> one : all) {
            one.get(60, TimeUnit.SECONDS);
        }
        threads.shutdown();
        for (int backend = 0; backend < 2; backend++) {
            assertThat(estimates.backend("b" + backend).inFlight()).isZero();
            for (int model = 0; model < 3; model++) {
                assertThat(model(backend, model).inFlight()).isZero();
                assertThat(model(backend, model)
                                .predict(RequestSize.ofTokens(100), 0, null, Moments.at(0))
                                .overdue())
                        .isEqualTo(1);
            }
        }
        assertThat(estimates.snapshot(Moments.at(0)).backends()).hasSize(2);
    }

    private ModelEstimates model(int backend, int model) {
        return estimates.backend("b" + backend).model("m" + model, () -> BackendClass.GPU.prior(0));
    }

    private void traffic(Random random) {
        List<ActiveGeneration> mine = new ArrayList<>();
        for (int i = 0; i < ROUNDS; i++) {
            long now = Moments.at(i * 0.01);
            ModelEstimates model = model(random.nextInt(2), random.nextInt(3));
            RequestSize demand = RequestSize.ofBytes(random.nextInt(10_000));
            Prediction prediction =
                    model.predict(demand, random.nextInt(500), random.nextBoolean() ? null : ModelAbsence.UNKNOWN, now);
            assertThat(prediction.ttftSeconds()).isPositive().isFinite();
            assertThat(prediction.tpotSeconds()).isPositive().isFinite();
            mine.add(model.begin(demand, prediction, now));
            mine.get(random.nextInt(mine.size())).progress(1 + random.nextInt(40), now);
            if (mine.size() > 6) {
                end(mine.remove(random.nextInt(mine.size())), random, now);
            }
            if (i % 500 == 0) {
                assertThat(estimates.snapshot(now).version()).isEqualTo(EstimateSnapshot.VERSION);
            }
        }
        mine.forEach(generation -> end(generation, random, Moments.at(ROUNDS * 0.01)));
    }

    private static void end(ActiveGeneration generation, Random random, long now) {
        if (random.nextBoolean()) {
            generation.abandoned(now);
            return;
        }
        long second = 1_000_000_000L;
        generation.finished(new ReportedTimings(500, second, 20 + random.nextInt(300), 3 * second, 0, 5 * second), now);
    }
}
