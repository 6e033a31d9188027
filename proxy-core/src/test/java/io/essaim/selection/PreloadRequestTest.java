package io.essaim.selection;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.config.Gate;
import io.essaim.fleet.SlotOwner;
import io.essaim.fleet.TestFleet;
import io.essaim.learn.RequestSize;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PreloadRequestTest {
    private static final String MINI = "llama3.2:1b";
    private final TestFleet fleet = new TestFleet("{'backends':{'dev2':{'url':'http://a'},'pi':{'url':'http://b'}},"
            + "'routes':[{'models':['llama3.2'],'tiers':[['dev2'],[{'backend':'pi','model':'llama3.2:1b','resident':true}]]},"
            + "{'models':['*'],'numCtx':{'pin':2048},'tiers':[['dev2'],['pi']]}]}");
    private final Routes routes = new Routes(fleet.rules, fleet.fleet);

    private List<String> wishes() {
        return routes.wishes(fleet.ticker.nanos()).stream()
                .map(wish -> wish.candidate().backend().name() + " "
                        + wish.candidate().model().shortest() + (wish.forever() ? " for ever" : "")
                        + (wish.context() == null ? "" : " " + wish.context()))
                .toList();
    }

    private void ask(String model) {
        routes.plan(TestFleet.model(model), null, null);
    }

    @Test
    void aResidentModelIsWished_untilItIsInMemoryToStay() {
        assertThat(wishes()).as("nothing is known of the host").isEmpty();
        fleet.up("pi", MINI);
        assertThat(wishes()).containsExactly("pi llama3.2:1b for ever");
        var lease = fleet.lease("pi", MINI);
        assertThat(wishes()).as("while the host works").isEmpty();
        lease.end(io.essaim.api.Failure.Outcome.OK);
        fleet.loadedUntil("pi", MINI, "2026-11-23T10:00:00.123456789Z");
        assertThat(wishes()).as("in memory for a while").containsExactly("pi llama3.2:1b for ever");
        fleet.loadedUntil("pi", MINI, "2318-02-01T10:00:00Z");
        assertThat(wishes()).isEmpty();
        fleet.loaded("pi");
        fleet.backend("pi").down("gone");
        assertThat(wishes()).isEmpty();
    }

    @Test
    void modelsOfAnAgentsOwnRoute_areWishedToo_withTheContextOfTheAgent() {
        TestFleet own = new TestFleet("{'backends':{'dev2':{'url':'http://a'},'pi':{'url':'http://b'}},"
                + "'routes':[{'models':['*'],'tiers':[['dev2']]}],'agents':{'night':{'numCtx':{'pin':1024},"
                + "'routes':[{'models':['*'],'tiers':[[{'backend':'pi','model':'llama3.2:1b','resident':true}]]}]}}}");
        own.up("pi", MINI);
        Routes all = new Routes(own.rules, own.fleet);
        assertThat(all.wishes(own.ticker.nanos())).singleElement().satisfies(wish -> {
            assertThat(wish.candidate().backend().name()).isEqualTo("pi");
            assertThat(wish.context()).isEqualTo(1024);
        });
        assertThat(all.serving(own.backend("pi"), TestFleet.model(MINI))).isNotNull();
        assertThat(all.serving(own.backend("pi"), TestFleet.model("qwen3:4b"))).isNull();
    }

    @Test
    void aStandbyIsWarmed_whenTheRouteIsInUse_andItsPrimariesAreInTrouble() {
        fleet.up("dev2", "qwen3:4b").loaded("dev2").up("pi", "qwen3:4b").loaded("pi");
        fleet.backend("dev2").down("no answer");
        assertThat(wishes()).as("nobody asked for anything").isEmpty();
        ask("qwen3:4b");
        assertThat(wishes()).containsExactly("pi qwen3:4b 2048");
        fleet.loaded("pi", "qwen3:4b");
        assertThat(wishes()).as("it is warm").isEmpty();
        fleet.loaded("pi");
        ask("not-there");
        fleet.ticker.passSeconds(2);
        ask("not-there");
        assertThat(wishes()).as("the standby has not got it").isEmpty();
        ask("qwen3:4b");
        fleet.ticker.passSeconds(601);
        assertThat(wishes()).as("the last request is long ago").isEmpty();
    }

    @Test
    void nothingIsWarmed_whileAPrimaryIsWell_orWhenAllAreDown() {
        fleet.up("dev2", "qwen3:4b").loaded("dev2").up("pi", "qwen3:4b").loaded("pi");
        ask("qwen3:4b");
        assertThat(wishes()).isEmpty();
        fleet.backend("dev2").down("no answer");
        fleet.backend("pi").down("no answer");
        assertThat(wishes()).isEmpty();
    }

    @Test
    void aStandbyWhoseMemoryIsTaken_isLeftAlone_sinceTwoModelsInTurnsWouldNeverBeThere() {
        fleet.up("dev2", "qwen3:4b", "gemma3")
                .loaded("dev2")
                .up("pi", "qwen3:4b", "gemma3")
                .loaded("pi", "qwen3:4b");
        fleet.backend("dev2").down("no answer");
        ask("gemma3");
        assertThat(wishes()).isEmpty();
        fleet.loaded("pi");
        assertThat(wishes()).containsExactly("pi gemma3:latest 2048");
    }

    @Test
    void aModelThatOnlyHasToBeLoaded_isWished_forThoseWhoComeLater() {
        fleet.up("dev2", "qwen3:4b").loaded("dev2").up("pi").loaded("pi");
        Gate gate = new Gate(3, Double.POSITIVE_INFINITY);
        Choice choice = choose(gate);
        assertThat(((Choice.Refused) choice).reason()).isEqualTo(Choice.Reason.NOT_GOOD_ENOUGH);
        assertThat(wishes()).containsExactly("dev2 qwen3:4b 2048");
        fleet.ticker.passSeconds(61);
        assertThat(wishes()).as("a minute later").isEmpty();
        choose(new Gate(0.001, Double.POSITIVE_INFINITY));
        assertThat(wishes()).as("it would not be good enough in memory either").isEmpty();
        choose(gate);
        fleet.loaded("dev2", "qwen3:4b");
        assertThat(wishes()).isEmpty();
    }

    @Test
    void aModelThatGaveWayToAnother_isNotLoadedInTurnsWithIt() {
        fleet.up("dev2", "qwen3:4b", "gemma3").loaded("dev2", "gemma3").up("pi").loaded("pi");
        Gate gate = new Gate(3, Double.POSITIVE_INFINITY);
        choose(gate);
        assertThat(wishes()).as("perhaps there is room for both").containsExactly("dev2 qwen3:4b 2048");
        fleet.backend("dev2").loaded(TestFleet.model("qwen3:4b"));
        fleet.ticker.passSeconds(300);
        fleet.loaded("dev2", "gemma3");
        choose(gate);
        assertThat(wishes()).as("there was not").isEmpty();
        fleet.loaded("dev2");
        assertThat(wishes()).as("now there is").containsExactly("dev2 qwen3:4b 2048");
        fleet.loaded("dev2", "gemma3");
        fleet.ticker.passSeconds(301);
        choose(gate);
        assertThat(wishes()).as("ten minutes later").containsExactly("dev2 qwen3:4b 2048");
    }

    private Choice choose(Gate gate) {
        Plan plan = routes.plan(TestFleet.model("qwen3:4b"), null, null).gated(gate);
        return Selector.chooseFree(
                plan,
                Set.of(),
                PromptEstimate.of(RequestSize.ofTokens(20)),
                new QueueTurn(0, fleet.ticker.nanos(), SlotOwner.PROXY));
    }
}
