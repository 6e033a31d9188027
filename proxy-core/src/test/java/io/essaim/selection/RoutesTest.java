package io.essaim.selection;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.fleet.TestFleet;
import org.junit.jupiter.api.Test;

class RoutesTest {
    private final Choosing choosing = new Choosing(new TestFleet("""
                    {'backends':{'dev2':{'url':'http://10.0.0.1:11434','slots':4},
                                 'pi':{'url':'http://10.0.0.2:11434'},
                                 'cloud':{'url':'https://api.example.com/v1','dialect':'openai','zone':'cloud',
                                          'apiKey':{'env':'KEY'}}},
                     'routes':[
                       {'models':['llama3.2'],'tiers':[['dev2'],[{'backend':'pi','model':'llama3.2:1b'}]]},
                       {'models':['qwen*','*-coder'],'tiers':[['dev2','pi']]}]}
                    """));

    private String shown(String model) {
        StringBuilder out = new StringBuilder();
        for (Tier tier : choosing.plan(model).tiers()) {
            tier.candidates()
                    .forEach(c -> out.append(c.backend().name())
                            .append(':')
                            .append(c.model())
                            .append(c.renamed() ? "! " : " "));
            out.append("| ");
        }
        return out.toString().strip();
    }

    @Test
    void tiersKeepTheOrderOfTheRulesAndTheirOwnModels() {
        assertThat(shown("llama3.2")).isEqualTo("dev2:llama3.2:latest | pi:llama3.2:1b! |");
        assertThat(shown("qwen2.5-coder:1.5b")).isEqualTo("dev2:qwen2.5-coder:1.5b pi:qwen2.5-coder:1.5b |");
    }

    @Test
    void aPatternWithoutATagMeansLatest() {
        assertThat(choosing.plan("llama3.2:latest").isEmpty()).isFalse();
        assertThat(choosing.plan("LLAMA3.2").isEmpty()).isFalse();
        assertThat(choosing.plan("llama3.2:1b").isEmpty()).isTrue();
        assertThat(choosing.plan("my-coder:7b").isEmpty()).isFalse();
    }

    @Test
    void aModelWithoutARouteHasAnEmptyPlan() {
        assertThat(choosing.plan("mistral").isEmpty()).isTrue();
        assertThat(choosing.plan("mistral").model().shortest()).isEqualTo("mistral:latest");
    }

    @Test
    void anEmptyPlanIsRefusedAsUnknown() {
        assertThat(choosing.refused("mistral").reason()).isEqualTo(Choice.Reason.NO_SUCH_MODEL);
    }

    /** Else no two requests that wait are alike, and each costs a whole selection under the lock of the queues. */
    @Test
    void requestsOfOneZone_haveTheVerySameTiers() {
        TestFleet fleet = new TestFleet("""
                {'backends':{'near':{'url':'http://127.0.0.1:11434'},
                             'far':{'url':'http://10.0.0.2:11434'},
                             'farther':{'url':'http://8.8.8.8:11434'}},
                 'agents':{'a':{'zone':'host'},'b':{'zone':'lan'}},
                 'routes':[{'models':['*'],'tiers':[['near','far','farther']]}]}
                """);
        Choosing all = new Choosing(fleet);
        Plan first = all.plan("m").within(fleet.rules.agent("b"));
        Plan second = all.plan("m").within(fleet.rules.agent("b"));
        assertThat(first.tiers()).isNotEmpty();
        assertThat(second).isEqualTo(first);
        assertThat(second.tiers().get(0))
                .isSameAs(first.tiers().get(0))
                .isNotSameAs(all.plan("m").tiers().get(0));
        assertThat(all.plan("m").within(fleet.rules.agent("a"))).isNotEqualTo(first);
    }
}
