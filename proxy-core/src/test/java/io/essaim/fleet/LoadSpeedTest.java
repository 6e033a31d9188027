package io.essaim.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.api.Failure.Outcome;
import io.essaim.learn.Prediction;
import io.essaim.learn.RequestSize;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

/** How long loads take on a host, and whether another model has to go for one. */
class LoadSpeedTest {
    private static final long GIB = 1L << 30;

    private final TestFleet fleet = new TestFleet(
                    "{'backends':{'a':{'url':'http://a','slots':2}},'routes':[{'models':['*'],'tiers':[['a']]}]}")
            .installed("a", installed("m", 2 * GIB), installed("n", 4 * GIB), installed("unsized", 0));
    private final Backend backend = fleet.backend("a");

    private static ObjectNode installed(String name, long bytes) {
        return TestFleet.row("{'name':'" + name + "','size':" + bytes + "}");
    }

    /** @param gib of each, in memory */
    private void loaded(Map<String, Long> gib) {
        List<Inventory.Loaded> rows = new ArrayList<>();
        gib.forEach((name, size) ->
                rows.add(new Inventory.Loaded(TestFleet.model(name).key(), installed(name, size * GIB))));
        backend.learn(known -> known.withLoaded(rows, fleet.ticker.nanos()));
    }

    private Prediction predict(String model) {
        return backend.predict(TestFleet.model(model), null, RequestSize.ofTokens(10), 0, fleet.ticker.nanos());
    }

    private double load(String model) {
        return predict(model).loadSeconds();
    }

    @Test
    void learnsSecondsPerByte() {
        assertThat(backend.loadSpeed().expectedSeconds(GIB)).isZero();
        backend.loadSpeed().observe(2 * GIB, TimeUnit.SECONDS.toNanos(4));
        assertThat(backend.loadSpeed().expectedSeconds(4 * GIB)).isEqualTo(8);
        backend.loadSpeed().observe(2 * GIB, TimeUnit.MILLISECONDS.toNanos(100));
        backend.loadSpeed().observe(0, TimeUnit.SECONDS.toNanos(100));
        assertThat(backend.loadSpeed().expectedSeconds(4 * GIB)).isEqualTo(8);
        assertThat(load("n")).isEqualTo(8);
    }

    @Test
    void aBusyModelIsInTheWay_untilBothWereSeenTogether() {
        backend.loadSpeed().observe(2 * GIB, TimeUnit.SECONDS.toNanos(4));
        loaded(Map.of("m", 3L));
        assertThat(load("n")).as("m is idle and can go").isEqualTo(8);
        Lease writes = fleet.lease("a", "m");
        assertThat(load("n")).as("m has to be waited for").isGreaterThan(9);
        assertThat(load("unsized")).as("nothing is known of its size").isLessThan(9);
        loaded(Map.of("m", 0L));
        assertThat(load("n")).as("the host does not say how large m is").isEqualTo(8);
        loaded(Map.of("m", 3L, "n", 5L));
        assertThat(load("n")).isZero();
        loaded(Map.of("m", 3L));
        assertThat(load("n")).as("both have been there").isEqualTo(8);
        writes.end(Outcome.NEUTRAL);
    }

    @Test
    void aModelWithAnotherContextHasToBeIdleFirst() {
        loaded(Map.of("m", 3L));
        backend.loadSpeed().observe(2 * GIB, TimeUnit.SECONDS.toNanos(4));
        backend.contexts().ran(TestFleet.model("m"), 4096, fleet.ticker.nanos());
        assertThat(load("m")).as("idle").isEqualTo(4);
        RequestSize asked = RequestSize.ofTokens(10);
        Prediction expected = backend.predict(TestFleet.model("m"), 4096, asked, 0, fleet.ticker.nanos());
        assertThat(expected.loadSeconds()).isZero();
        Lease writes = backend.lease(
                TestFleet.model("m"),
                4096,
                Objects.requireNonNull(backend.gate().tryEnter()),
                new RequestForecast(asked, SlotOwner.PROXY, expected));
        assertThat(load("m")).isGreaterThan(5);
        writes.end(Outcome.NEUTRAL);
    }
}
