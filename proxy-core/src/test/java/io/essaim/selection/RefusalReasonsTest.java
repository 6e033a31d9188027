package io.essaim.selection;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.api.Failure;
import io.essaim.api.Failure.Outcome;
import io.essaim.fleet.Lease;
import io.essaim.fleet.TestFleet;
import org.junit.jupiter.api.Test;

class RefusalReasonsTest {
    private static final String BUSY = "server busy, please try again.  maximum pending requests exceeded";

    private final TestFleet fleet = new TestFleet("""
            {'backends':{'dev2':{'url':'http://10.0.0.1:11434','slots':4},'pi':{'url':'http://10.0.0.2:11434'}},
             'routes':[{'models':['*'],'tiers':[['dev2'],[{'backend':'pi','model':'llama3.2:1b'}]]}]}
            """);
    private final Choosing choosing = new Choosing(fleet);

    @Test
    void nobodyHasTheModel() {
        fleet.up("dev2", "other").up("pi", "llama3.2:1b");
        Choice.Refused refused = choosing.refused("llama3.2", "pi");
        assertThat(refused.reason()).as("pi has its own").isEqualTo(Choice.Reason.NO_HEALTHY_BACKEND);
        fleet.up("pi", "other");
        assertThat(choosing.refused("llama3.2"))
                .isEqualTo(
                        new Choice.Refused(Choice.Reason.NO_SUCH_MODEL, 404, "model 'llama3.2:latest' not found", 0));
    }

    @Test
    void aHostThatWasNeverSeenMayHaveIt() {
        fleet.up("pi", "other");
        fleet.backend("dev2").down("connection refused");
        assertThat(choosing.refused("llama3.2"))
                .isEqualTo(new Choice.Refused(
                        Choice.Reason.NO_HEALTHY_BACKEND,
                        503,
                        "no backend can run llama3.2:latest now: dev2 is down (connection refused);"
                                + " pi does not have llama3.2:1b",
                        2));
    }

    @Test
    void allWhoCouldAreFull() {
        fleet.up("dev2", "llama3.2").up("pi", "llama3.2:1b");
        TestFleet.saturate(fleet.lease("dev2", "llama3.2"), 30_000_000_000L);
        TestFleet.saturate(fleet.lease("pi", "llama3.2:1b"), 7_200_000_000L);
        assertThat(choosing.refused("llama3.2")).isEqualTo(new Choice.Refused(Choice.Reason.SATURATED, 503, BUSY, 8));
    }

    @Test
    void whoWantsALongRestIsNotWaitedFor() {
        fleet.up("dev2", "llama3.2").up("pi", "llama3.2:1b");
        TestFleet.saturate(fleet.lease("dev2", "llama3.2"), 100_000_000_000L);
        TestFleet.saturate(fleet.lease("pi", "llama3.2:1b"), 11_000_000_000L);
        assertThat(choosing.refused("llama3.2"))
                .isEqualTo(new Choice.Refused(Choice.Reason.SATURATED_FOR_LONG, 503, BUSY, 11));
    }

    @Test
    void fullAndDownIsFull() {
        fleet.up("dev2", "llama3.2");
        fleet.backend("pi").down("no answer");
        TestFleet.saturate(fleet.lease("dev2", "llama3.2"), 0);
        assertThat(choosing.refused("llama3.2")).isEqualTo(new Choice.Refused(Choice.Reason.SATURATED, 503, BUSY, 1));
    }

    @Test
    void openBreakersSayWhenToComeBack() {
        fleet.up("dev2", "llama3.2").up("pi");
        choosing.trip("dev2");
        fleet.ticker.passSeconds(2);
        fleet.backend("dev2").gate().refresh();
        fleet.backend("dev2").up();
        fleet.lease("dev2", "llama3.2").end(Outcome.FAIL);
        choosing.take("llama3.2");

        assertThat(choosing.refused("llama3.2"))
                .isEqualTo(new Choice.Refused(
                        Choice.Reason.NO_HEALTHY_BACKEND,
                        503,
                        "no backend can run llama3.2:latest now: dev2 failed too often and is left alone for a while;"
                                + " pi does not have llama3.2:1b",
                        4));
        fleet.ticker.passSeconds(5);
        assertThat(choosing.refused("llama3.2").retryAfterSeconds())
                .as("only a probe is missing")
                .isEqualTo(2);
    }

    @Test
    void brokenModelsAndTriedHostsAreNamed() {
        fleet.up("dev2", "llama3.2").up("pi", "llama3.2:1b");
        Lease under = fleet.lease("dev2", "llama3.2");
        TestFleet.breakModel(fleet.lease("dev2", "llama3.2"));
        assertThat(choosing.refused("llama3.2", "pi").message())
                .contains("dev2 could not run llama3.2:latest and is left alone for a while")
                .contains("pi failed just now");
        under.end(Failure.Outcome.NEUTRAL);
    }
}
