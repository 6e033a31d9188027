package io.essaim.selection;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.api.Failure.Outcome;
import io.essaim.fleet.Backend;
import io.essaim.fleet.Lease;
import io.essaim.fleet.TestFleet;
import io.essaim.learn.ReportedTimings;
import io.essaim.learn.RequestSize;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two warm hosts, of which each told how fast it is. */
class PredictiveTest {
    private static final double NANOS = 1e9;

    private final TestFleet fleet = new TestFleet("""
            {'backends':{'reader':{'url':'http://10.0.0.1:11434','slots':2},
                         'writer':{'url':'http://10.0.0.2:11434','slots':2}},
             'routes':[{'models':['*'],'tiers':[['reader','writer']]}]}
            """)
            .up("reader", "m")
            .up("writer", "m")
            .loaded("reader", "m")
            .loaded("writer", "m");
    private final Routes routes = new Routes(fleet.rules, fleet.fleet);
    private final PrefixAffinity affinity = new PrefixAffinity(1000, 1, 2, fleet.ticker);

    private Choice.Taken take(PromptEstimate prompt) {
        Plan plan = routes.plan(TestFleet.model("m"), null, null);
        return (Choice.Taken) Selector.choose(plan, Set.of(), prompt);
    }

    private String who(PromptEstimate prompt) {
        Choice.Taken taken = take(prompt);
        taken.lease().end(Outcome.NEUTRAL);
        return taken.candidate().backend().name();
    }

    private static PromptEstimate tokens(long count) {
        return PromptEstimate.of(RequestSize.ofTokens(count));
    }

    /** Lets the backend of the lease answer at these speeds, and tell so. */
    private void answer(
            Lease lease, PromptEstimate prompt, long promptTokens, long read, double perRead, double perToken) {
        double reading = read * perRead;
        fleet.ticker.passSeconds(0.01 + reading);
        lease.firstToken(true);
        fleet.ticker.passSeconds(99 * perToken);
        lease.progress(100);
        double total = reading + 100 * perToken;
        prompt.answered(
                lease,
                new ReportedTimings(
                        promptTokens, (long) (reading * NANOS), 100, (long) (100 * perToken * NANOS), 0, (long)
                                (total * NANOS)));
        lease.end(Outcome.OK);
    }

    @BeforeEach
    void bothAreMeasured() {
        for (int i = 0; i < 8; i++) {
            for (Backend backend : fleet.fleet.all()) {
                boolean reader = backend.name().equals("reader");
                Lease lease = fleet.lease(backend.name(), "m");
                answer(lease, tokens(500), 500, 500, reader ? 0.001 : 0.01, reader ? 0.1 : 0.03);
            }
        }
    }

    @Test
    void longPromptsGoWhereReadingIsFast_shortOnesWhereWritingIs() {
        assertThat(who(tokens(20))).isEqualTo("writer");
        assertThat(who(tokens(4000))).isEqualTo("reader");
    }

    @Test
    void aFasterHostGetsMore_butNotAll() {
        List<String> chosen = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            chosen.add(take(tokens(20)).candidate().backend().name());
        }
        assertThat(chosen).contains("reader");
        assertThat(chosen.stream().filter("writer"::equals)).hasSizeGreaterThan(4);
    }

    @Test
    void saysOfEveryCandidateWhatItWouldHaveTaken() {
        List<Choice.Considered> considered = take(tokens(20)).considered();
        assertThat(considered)
                .extracting(one -> one.candidate().backend().name())
                .containsExactly("reader", "writer");
        assertThat(considered).extracting(Choice.Considered::standing).containsOnly(Choice.Standing.MEASURED);
        assertThat(considered.get(0).cost()).isGreaterThan(considered.get(1).cost());
        fleet.backend("writer").down("refused");
        Choice.Considered writer = take(tokens(20)).considered().get(1);
        assertThat(writer.standing()).isEqualTo(Choice.Standing.DOWN);
        assertThat(writer.prediction()).isNull();
    }

    @Test
    void aHungBackendIsAvoidedBeforeItFails() {
        Choice.Taken hung = take(tokens(20));
        assertThat(hung.candidate().backend().name()).isEqualTo("writer");
        fleet.ticker.passSeconds(30);
        assertThat(who(tokens(20))).isEqualTo("reader");
        hung.lease().end(Outcome.NEUTRAL);
        assertThat(who(tokens(20))).isEqualTo("writer");
    }

    private PromptEstimate said(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        ConversationPrefix conversation = affinity.conversation("m", bytes, 0, bytes.length);
        return PromptEstimate.of(new RequestSize(bytes.length, -1, -1, true), affinity, conversation);
    }

    private static String turns(int count) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < count; i++) {
            text.append("turn ").append(i).append(" of something long that is talked about. ".repeat(20));
        }
        return text.toString();
    }

    @Test
    void aConversationGoesBackToItsHost_untilTheModelLeftItsMemory() {
        PromptEstimate first = said(turns(6));
        Lease lease = fleet.lease("writer", "m");
        answer(lease, first, 1250, 1250, 0.01, 0.03);
        assertThat(who(said(turns(7)))).isEqualTo("writer");
        assertThat(who(said("another " + turns(7)))).as("a stranger").isEqualTo("reader");
        fleet.loaded("writer").loaded("writer", "m");
        assertThat(who(said(turns(7)))).as("it was unloaded since").isEqualTo("reader");
    }

    @Test
    void aConversationWhoseCacheWasLostIsForgotten() {
        answer(fleet.lease("writer", "m"), said(turns(6)), 1250, 1250, 0.01, 0.03);
        PromptEstimate next = said(turns(7));
        Choice.Taken home = take(next);
        assertThat(home.candidate().backend().name()).isEqualTo("writer");
        long cached = home.lease().prediction().cachedTokens();
        assertThat(cached).isBetween(1000L, 1400L);
        answer(home.lease(), next, 1460, 1460, 0.01, 0.03);
        assertThat(fleet.backend("writer")
                        .state(TestFleet.model("m"))
                        .estimates()
                        .snapshot("m", 0)
                        .kept())
                .isLessThan(1);
    }
}
