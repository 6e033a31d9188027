package io.essaim.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.essaim.api.Failure.Outcome;
import io.essaim.model.ModelName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class BackendTest {
    private static final ModelName M = TestFleet.model("m");

    private final TestFleet fleet = TestFleet.ofEquals(2);
    private final Backend backend = fleet.backend("b0");

    private boolean warm() {
        return backend.warm(M, backend.now());
    }

    @Test
    void isUnknownUntilProbed() {
        assertThat(backend.health()).isEqualTo(Backend.Health.UNKNOWN);
        assertThat(backend.ailment()).isEqualTo("not probed yet");
        backend.up();
        assertThat(backend.health()).isEqualTo(Backend.Health.UP);
        assertThat(backend.ailment()).isEmpty();
        backend.down("refused");
        assertThat(backend.ailment()).isEqualTo("refused");
    }

    @Test
    void rampsOnlyAfterARecovery() {
        backend.up();
        assertThat(backend.ramp(backend.now())).isEqualTo(1);
        backend.down("refused");
        backend.up();
        assertThat(backend.ramp(backend.now())).isEqualTo(0.1);
        fleet.ticker.passSeconds(10);
        assertThat(backend.ramp(backend.now())).isEqualTo(0.5);
        backend.up();
        assertThat(backend.ramp(backend.now()))
                .as("a further probe changes nothing")
                .isEqualTo(0.5);
        fleet.ticker.passSeconds(11);
        assertThat(backend.ramp(backend.now())).isEqualTo(1);
    }

    @Test
    void staysFullForTheLongerTimeItAskedFor() {
        backend.saturated(Duration.ofSeconds(30).toNanos());
        backend.saturated(Duration.ofSeconds(1).toNanos());
        fleet.ticker.passSeconds(29);
        assertThat(backend.saturatedFor(backend.now()))
                .isEqualTo(Duration.ofSeconds(1).toNanos());
        fleet.ticker.passSeconds(1);
        assertThat(backend.saturatedFor(backend.now())).isZero();
    }

    @Test
    void isWarmWhereListedOrWhereItAnsweredSince() {
        fleet.up("b0", "m");
        assertThat(warm()).isFalse();
        fleet.loaded("b0", "m");
        assertThat(warm()).isTrue();
        fleet.loaded("b0");
        assertThat(warm()).isFalse();
        fleet.answer("b0", "m", 1, 1);
        assertThat(warm()).isTrue();
        fleet.loaded("b0");
        assertThat(warm()).as("a later list says it was unloaded").isFalse();
    }

    @Test
    void doesNotBelieveALoadLongerThanOllamaKeepsIt() {
        fleet.up("b0", "m");
        fleet.answer("b0", "m", 1, 1);
        fleet.ticker.pass(Duration.ofMinutes(4));
        assertThat(warm()).isFalse();
    }

    @Test
    void hasNothingInMemoryAfterARestart() {
        fleet.up("b0", "m");
        fleet.answer("b0", "m", 1, 1);
        backend.down("refused");
        assertThat(warm()).isFalse();
        fleet.ticker.passSeconds(1);
        backend.up();
        assertThat(warm()).as("no list has come yet").isFalse();
        fleet.answer("b0", "m", 1, 1);
        assertThat(warm()).isTrue();
    }

    @Test
    void keepsItsModelsWhileDown() {
        fleet.up("b0", "m");
        backend.down("refused");
        assertThat(backend.inventory().find(TestFleet.model("M:latest"))).isNotNull();
        assertThat(backend.inventory().loaded()).isNull();
    }

    @Test
    void passesDoubtsOn() {
        List<Backend.Doubt> doubts = new ArrayList<>();
        backend.doubt(Backend.Doubt.ALIVE);
        backend.watchedBy(doubts::add);
        backend.doubt(Backend.Doubt.INVENTORY);
        assertThat(doubts).containsExactly(Backend.Doubt.INVENTORY);
    }

    @Test
    void remembersNoEndOfNamesThatTaughtNothing() {
        fleet.answer("b0", "m", 1, 1);
        for (int i = 0; i < 2000; i++) {
            backend.state(TestFleet.model("name" + i));
        }
        ModelState first = backend.state(TestFleet.model("name0"));
        assertThat(backend.state(M).estimates().measured()).isTrue();
        assertThat(backend.state(TestFleet.model("NAME0"))).isSameAs(first);
        assertThat(backend.states().size()).isLessThan(600);
    }

    @Test
    void givesOneLeaseAlone() {
        Lease only = Objects.requireNonNull(backend.leaseAlone(M, null, fleet.forecast("b0", "m")));
        assertThat(backend.leaseAlone(M, null, fleet.forecast("b0", "m"))).isNull();
        only.end(Outcome.NEUTRAL);
        assertThat(backend.leaseAlone(M, null, fleet.forecast("b0", "m"))).isNotNull();
    }

    @Test
    void theFleetKeepsTheOrderOfTheRulesAndKnowsWhoIsProbed() {
        TestFleet mixed = new TestFleet("""
                {'backends':{'z':{'url':'http://10.0.0.1:11434'},
                             'cloud':{'url':'https://api.example.com/v1','dialect':'openai','zone':'cloud',
                                      'apiKey':{'env':'KEY'}},
                             'a':{'url':'http://10.0.0.2:11434'}},
                 'routes':[{'models':['*'],'tiers':[['a','z']]}]}
                """);
        assertThat(mixed.fleet.all()).extracting(Backend::name).containsExactly("z", "cloud", "a");
        assertThat(mixed.fleet.ollamas()).extracting(Backend::name).containsExactly("z", "a");
        assertThatThrownBy(() -> mixed.fleet.get("nobody")).isInstanceOf(IllegalArgumentException.class);
    }

    /** Two loads of one model with different contexts are two requests to the host. */
    @Test
    void isLoadingUntilTheLastOfItsLoadsIsOver() {
        fleet.up("b0", "m").loaded("b0", "m");
        backend.loading(M, true);
        backend.loading(M, true);
        backend.loading(M, false);
        assertThat(warm()).as("the second one is under way").isFalse();
        assertThat(backend.idleFor(0, backend.now())).isFalse();
        backend.loading(M, false);
        assertThat(warm()).isTrue();
        assertThat(backend.idleFor(0, backend.now())).isTrue();
        backend.loading(M, false);
        assertThat(backend.idleFor(0, backend.now()))
                .as("one more end does nothing")
                .isTrue();
    }
}
