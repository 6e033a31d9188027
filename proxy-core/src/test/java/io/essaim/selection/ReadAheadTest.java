package io.essaim.selection;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.api.Failure.Outcome;
import io.essaim.config.Gate;
import io.essaim.config.Rules;
import io.essaim.fleet.Lease;
import io.essaim.fleet.TestFleet;
import io.essaim.learn.RequestSize;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What hosts read while they idle, of what they could not have read in time. A second for ten tokens, of four bytes. */
class ReadAheadTest {
    private static final Gate GATE = new Gate(8, 0.15);

    private final TestFleet fleet = new TestFleet(
                    "{'backends':{'dev2':{'url':'http://a','slots':4,'speed':{'promptTokensPerSecond':10}},"
                            + "'pi':{'url':'http://b','slots':1,'speed':{'promptTokensPerSecond':10}}},"
                            + "'routes':[{'models':['*'],'tiers':[['dev2'],['pi']]}]}")
            .up("dev2", "m")
            .up("pi", "m")
            .loaded("dev2", "m")
            .loaded("pi", "m");
    private final Rules rules = fleet.rules;
    private final Routes routes = new Routes(rules, fleet.fleet);
    private final PrefixAffinity affinity = new PrefixAffinity(1000, 1, 2, fleet.ticker);
    private final ReadAhead<String> ahead = new ReadAhead<>();

    private PromptEstimate prompt(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        RequestSize demand = RequestSize.ofBytes(bytes.length);
        return PromptEstimate.of(demand, affinity, affinity.conversation("main", bytes, 0, bytes.length));
    }

    private static String talk(String about, int bytes) {
        return (about + ", and so on. ").repeat(bytes / 10).substring(0, bytes);
    }

    private void missed(String name, String text, @Nullable Gate gate) {
        Plan plan = routes.plan(TestFleet.model("m"), null, null).gated(gate);
        ahead.missed(plan, prompt(text), name, text.length(), fleet.ticker.nanos());
    }

    private ReadAhead.@Nullable Reading<String> due() {
        return ahead.due(fleet.ticker.nanos());
    }

    private static void read(ReadAhead.Reading<String> reading) {
        reading.lease().firstToken(true);
        reading.prompt().read(reading.lease());
        reading.lease().end(Outcome.OK);
    }

    @Test
    void readsWithTheIdleHost_andThatAnswersTheNextTurnInTime() {
        String turn = talk("of ants", 4000);
        Plan plan = routes.plan(TestFleet.model("m"), null, null).gated(GATE);
        assertThat(Selector.look(plan, prompt(turn + talk("of bees", 100))).get(0))
                .singleElement()
                .satisfies(one -> assertThat(one.prediction().ttftSeconds()).isGreaterThan(50));

        missed("one", turn, GATE);
        ReadAhead.Reading<String> reading = due();
        assertThat(reading).isNotNull();
        assertThat(reading.request()).isEqualTo("one");
        assertThat(reading.candidate().backend()).isSameAs(fleet.backend("dev2"));
        assertThat(fleet.backend("dev2").inFlight()).isOne();
        read(reading);

        assertThat(fleet.backend("dev2").inFlight()).isZero();
        assertThat(Selector.look(plan, prompt(turn + talk("of bees", 100))).get(0))
                .singleElement()
                .satisfies(one -> assertThat(one.prediction().cachedTokens()).isGreaterThan(900));
        assertThat(due()).as("once").isNull();
    }

    @Test
    void leavesWhatTheHostCanReadInTimeWhenItIsAsked() {
        missed("short", talk("of ants", 300), GATE);
        assertThat(due()).isNull();
    }

    @Test
    void readsNothingWhereTheHostHasSomethingElseToDo() {
        Lease other = fleet.lease("dev2", "m");
        missed("one", talk("of ants", 4000), GATE);
        assertThat(due()).isNull();
        other.end(Outcome.NEUTRAL);
        assertThat(due()).isNotNull();
    }

    @Test
    void loadsNothing_andAsksNobodyWhoIsDown() {
        missed("one", talk("of ants", 4000), GATE);
        fleet.loaded("dev2");
        assertThat(due()).isNull();
        fleet.loaded("dev2", "m").backend("dev2").down("gone");
        assertThat(due()).isNull();
    }

    @Test
    void forgetsWhatTheClientWentOnFrom() {
        String turn = talk("of ants", 4000);
        missed("one", turn, GATE);
        missed("two", talk("of bees", 4000), GATE);
        ahead.asked(prompt(turn + talk("of ants", 40)));
        ReadAhead.Reading<String> reading = due();
        assertThat(reading).isNotNull();
        assertThat(reading.request()).isEqualTo("two");
    }

    @Test
    void forgetsWhatHostsAnsweredAfterAll() {
        Plan plan = routes.plan(TestFleet.model("m"), null, null).gated(GATE);
        PromptEstimate own = prompt(talk("of ants", 4000));
        ahead.missed(plan, own, "own", 4000, fleet.ticker.nanos());
        missed("of another client, in the same words", talk("of ants", 4000), GATE);
        ahead.withdraw(own);
        assertThat(all()).containsExactly("of another client, in the same words");
    }

    @Test
    void forgetsAfterTwoMinutes() {
        missed("one", talk("of ants", 4000), GATE);
        fleet.ticker.passSeconds(121);
        assertThat(due()).isNull();
    }

    @Test
    void keepsOffWhereTheRuleSaysSo_orHasNoGate_orNobodyCouldTellTheConversation() {
        missed("told not to", talk("of ants", 4000), new Gate(8, 0.15, false));
        missed("without a gate", talk("of ants", 4000), null);
        Plan plan = routes.plan(TestFleet.model("m"), null, null).gated(GATE);
        ahead.missed(
                plan, PromptEstimate.of(RequestSize.ofTokens(1000)), "no conversation", 4000, fleet.ticker.nanos());
        assertThat(due()).isNull();
    }

    @Test
    void keepsTheLatestSixteen_andNoMoreThanFourMebibytes() {
        for (int i = 0; i < 20; i++) {
            missed("n" + i, talk("of the number " + i, 4000), GATE);
        }
        assertThat(all()).hasSize(16).startsWith("n4").endsWith("n19");
        for (int i = 0; i < 6; i++) {
            missed("n" + i, talk("of the number " + i, 1_000_000), GATE);
        }
        missed("too large", talk("of everything", 1_100_000), GATE);
        assertThat(all()).containsExactly("n2", "n3", "n4", "n5");
    }

    private List<String> all() {
        List<String> names = new ArrayList<>();
        for (ReadAhead.Reading<String> one = due(); one != null; one = due()) {
            names.add(one.request());
            one.lease().end(Outcome.NEUTRAL);
        }
        return names;
    }
}
