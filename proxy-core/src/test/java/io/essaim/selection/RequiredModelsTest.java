package io.essaim.selection;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.fleet.TestFleet;
import io.essaim.model.ModelName;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RequiredModelsTest {
    private static final String HOSTS = "{'backends':{'dev2':{'url':'http://10.0.0.1:11434'},"
            + "'pi':{'url':'http://10.0.0.2:11434'},'nas':{'url':'http://10.0.0.3:11434'},"
            + "'cloud':{'url':'https://api.example.com/v1','dialect':'openai'}},'routes':[";

    private static RequiredModels needs(String routes) {
        return needs(routes, "{}");
    }

    private static RequiredModels needs(String routes, String aliases) {
        TestFleet fleet = new TestFleet(HOSTS + routes + "],'aliases':" + aliases + "}");
        return new RequiredModels(fleet.rules, new Routes(fleet.rules, fleet.fleet));
    }

    private static Set<ModelName> models(String... names) {
        return new LinkedHashSet<>(Arrays.stream(names).map(TestFleet::model).toList());
    }

    private static Map<String, Set<ModelName>> on(Set<ModelName> dev2, Set<ModelName> pi) {
        return Map.of("dev2", dev2, "pi", pi);
    }

    @Test
    void whatOneHostOfARouteHas_theOthersNeed() {
        RequiredModels needs = needs("{'models':['qwen2.5-coder:*'],'tiers':[['dev2'],['pi']]}");
        assertThat(needs.missing(on(models("qwen2.5-coder:1.5b", "phi3"), models())))
                .isEqualTo(Map.of("pi", models("qwen2.5-coder:1.5b")));
        assertThat(needs.missing(on(models(), models("qwen2.5-coder:7b"))))
                .isEqualTo(Map.of("dev2", models("qwen2.5-coder:7b")));
        assertThat(needs.missing(on(models("phi3"), models()))).isEmpty();
    }

    @Test
    void aTierThatNamesAnotherModel_needsThatOneOnly_andItsHostIsNoExample() {
        RequiredModels needs = needs("{'models':['llama3.2','llama3.2:*'],"
                + "'tiers':[['dev2'],[{'backend':'pi','model':'llama3.2:1b'}]]}");
        assertThat(needs.missing(on(models("llama3.2"), models()))).isEqualTo(Map.of("pi", models("llama3.2:1b")));
        assertThat(needs.missing(on(models("llama3.2"), models("llama3.2:1b", "llama3.2:3b"))))
                .as("what the pi has besides")
                .isEmpty();
    }

    @Test
    void aNameWithoutAStar_isNeededEvenIfNobodyHasIt_andAStarIsNot() {
        RequiredModels needs = needs("{'models':['phi3','qwen*'],'tiers':[['dev2','pi']]}");
        assertThat(needs.missing(on(models(), models())))
                .isEqualTo(Map.of("dev2", models("phi3"), "pi", models("phi3")));
    }

    @Test
    void theFirstRouteThatMatches_decides() {
        RequiredModels needs =
                needs("{'models':['qwen3:8b'],'tiers':[['dev2']]},{'models':['qwen*'],'tiers':[['dev2'],['pi']]}");
        assertThat(needs.missing(on(models("qwen3:8b", "qwen3:1b"), models())))
                .isEqualTo(Map.of("pi", models("qwen3:1b")));
        assertThat(needs.missing(on(models(), models("qwen3:8b"))))
                .as("it is dev2's by name, whoever else has it")
                .isEqualTo(Map.of("dev2", models("qwen3:8b")));
    }

    @Test
    void aRouteForEveryModel_needsNothing() {
        RequiredModels needs = needs("{'models':['*'],'tiers':[['dev2'],['pi']]}");
        assertThat(needs.missing(on(models("phi3"), models()))).isEmpty();
    }

    @Test
    void aRouteForEveryModel_needsWhatItsTiersName() {
        RequiredModels needs = needs("{'models':['*'],'tiers':[['dev2'],[{'backend':'pi','model':'llama3.2:1b'}]]}");
        assertThat(needs.missing(on(models("phi3"), models()))).isEqualTo(Map.of("pi", models("llama3.2:1b")));
    }

    @Test
    void anAlias_needsItsModel_whereverTheRoutesSendIt() {
        RequiredModels needs = needs(
                "{'models':['llama3.2:*'],'tiers':[['dev2'],['pi']]},{'models':['*'],'tiers':[['pi','dev2']]}",
                "{'fast':'llama3.2:1b','coder':'qwen3:8b'}");
        assertThat(needs.missing(on(models(), models())))
                .isEqualTo(Map.of("dev2", models("llama3.2:1b"), "pi", models("llama3.2:1b", "qwen3:8b")));
        assertThat(needs.missing(on(models("llama3.2:1b", "qwen3:8b"), models())))
                .as("any host will do for a route for every model")
                .isEqualTo(Map.of("pi", models("llama3.2:1b")));
    }

    @Test
    void routesOfAnAgentsOwn_needWhatTheyName_andAreNoExampleForOthers() {
        TestFleet fleet =
                new TestFleet(HOSTS + "{'models':['phi3'],'tiers':[['dev2']]},{'models':['*'],'tiers':[['dev2']]}],"
                        + "'agents':{'night':{'routes':[{'models':['phi3'],'tiers':[['pi']]},"
                        + "{'models':['*'],'tiers':[[{'backend':'nas','model':'qwen3:8b'}],['dev2']]}]}}}");
        Routes routes = new Routes(fleet.rules, fleet.fleet);
        RequiredModels needs = new RequiredModels(fleet.rules, routes);
        assertThat(needs.missing(Map.of("dev2", models("phi3"), "pi", models("llama3.2"), "nas", models())))
                .isEqualTo(Map.of("pi", models("phi3"), "nas", models("qwen3:8b")));
        assertThat(routes.needing(TestFleet.model("phi3")))
                .extracting(candidate -> candidate.backend().name())
                .containsExactly("dev2", "pi");
        assertThat(routes.needing(TestFleet.model("llama3.2")))
                .as("dev2 has it by the route for everybody, and will do for night")
                .extracting(candidate -> candidate.backend().name())
                .containsExactly("dev2");
    }

    @Test
    void namesCompareInAnyCase_andKeepTheirSpelling() {
        RequiredModels needs = needs("{'models':['Phi3','hf.co/*'],'tiers':[['dev2','pi']]}");
        assertThat(needs.missing(on(models("PHI3:Latest"), models("phi3")))).isEmpty();
        Map<String, Set<ModelName>> missing =
                needs.missing(on(models("phi3", "hf.co/Me/Mine-GGUF:Q4_K_M"), models("phi3")));
        assertThat(missing.get("pi")).singleElement().hasToString("hf.co/Me/Mine-GGUF:Q4_K_M");
    }

    @Test
    void aHostThatIsNotKnown_lacksNothing_butTellsWhatItNeeds() {
        RequiredModels needs = needs("{'models':['phi3'],'tiers':[['nas'],['pi']]}");
        assertThat(needs.missing(Map.of("pi", models()))).isEqualTo(Map.of("pi", models("phi3")));
        assertThat(needs.needed(Map.of())).containsOnlyKeys("dev2", "pi", "nas").containsEntry("nas", models("phi3"));
    }

    @Test
    void whatIsMissingOnce_isNotMissingAgainAfterwards() {
        RequiredModels needs = needs("{'models':['llama*'],'tiers':[['pi'],['nas']]},"
                + "{'models':['big'],'tiers':[['dev2'],[{'backend':'pi','model':'llama3.2:1b'}]]}");
        assertThat(needs.missing(Map.of("dev2", models("big"), "pi", models(), "nas", models())))
                .isEqualTo(Map.of("pi", models("llama3.2:1b"), "nas", models("llama3.2:1b")));
    }
}
