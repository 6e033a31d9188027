package io.essaim.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.model.ModelName;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.node.ObjectNode;

/** The shapes are those of a real Ollama 0.15.2. */
class FleetListingTest {
    private final TestFleet fleet = TestFleet.ofEquals(3);
    private final FleetListing answers = new FleetListing(fleet.fleet, Map.of());

    private @Nullable String v1Model(String asked) {
        return ModelName.parse(asked).map(name -> answers.v1Model(asked, name)).orElse(null);
    }

    private static String row(String name, String modified, String digest) {
        return ("{'name':'" + name + "','model':'" + name + "','modified_at':'" + modified
                        + "','size':98363728,'digest':'" + digest
                        + "','details':{'parent_model':'','format':'gguf','family':'llama','families':['llama'],"
                        + "'parameter_size':'134.52M','quantization_level':'Q4_1'}}")
                .replace('\'', '"');
    }

    private static final String LLAMA = row("llama3.2:latest", "2026-02-02T08:48:00.343456745+01:00", "42d7");
    private static final String QWEN = row("qwen2.5-coder:1.5b", "2026-01-31T08:47:33Z", "81e3");

    private static ObjectNode node(String json) {
        return TestFleet.row(json);
    }

    private void version(String backend, String version) {
        fleet.backend(backend).up();
        fleet.backend(backend).learn(known -> known.withVersion(version));
    }

    @Test
    void listsAreEmptyLikeOllamas() {
        assertThat(answers.tags()).isEqualTo("{\"models\":[]}");
        assertThat(answers.ps()).isEqualTo("{\"models\":[]}");
        assertThat(answers.v1Models()).isEqualTo("{\"object\":\"list\",\"data\":null}\n");
        fleet.up("b0");
        assertThat(answers.tags()).isEqualTo("{\"models\":[]}");
    }

    @Test
    void rowsKeepTheirBytesAndTheNewestIsFirst() {
        fleet.installed("b0", node(QWEN)).installed("b1", node(LLAMA));
        assertThat(answers.tags()).isEqualTo("{\"models\":[" + LLAMA + "," + QWEN + "]}");
    }

    @Test
    void sortsByTheInstantNotByItsText() {
        String earlier = row("a:latest", "2026-02-02T08:30:00+01:00", "1");
        String later = row("b:latest", "2026-02-02T08:00:00Z", "2");
        fleet.installed("b0", node(earlier), node(later));
        assertThat(answers.tags()).isEqualTo("{\"models\":[" + later + "," + earlier + "]}");
    }

    @Test
    void oneRowForAModelThatSeveralHave() {
        String older = row("Llama3.2:latest", "2025-01-01T00:00:00Z", "0000");
        fleet.installed("b0", node(older)).installed("b1", node(LLAMA)).installed("b2", node(older));
        assertThat(answers.tags()).isEqualTo("{\"models\":[" + LLAMA + "]}");
    }

    @Test
    void theLastKnownModelsStayWithEveryHostDown() {
        fleet.installed("b0", node(LLAMA));
        fleet.backend("b0").down("refused");
        assertThat(answers.tags()).isEqualTo("{\"models\":[" + LLAMA + "]}");
    }

    @Test
    void textIsEscapedAsGoDoes() {
        fleet.installed("b0", node("{'name':'m:latest','note':'<a>&\\u2028\\u0085é'}"));
        assertThat(answers.tags())
                .isEqualTo("{\"models\":[{\"name\":\"m:latest\","
                        + "\"note\":\"\\u003ca\\u003e\\u0026\\u2028\\u0085é\"}]}");
    }

    @Test
    void loadedModelsOfAllHostsTheLongestLivedFirst() {
        fleet.up("b0", "a", "c").up("b1", "a");
        ObjectNode short1 = node("{'name':'a:latest','expires_at':'2026-11-23T06:00:00+01:00'}");
        ObjectNode long1 = node("{'name':'c:latest','expires_at':'2026-11-23T05:30:00Z'}");
        ObjectNode other = node("{'name':'a:latest','expires_at':'2026-11-23T05:10:00Z'}");
        fleet.backend("b0").learn(known -> known.withLoaded(loaded(short1, long1), fleet.ticker.nanos()));
        fleet.backend("b1").learn(known -> known.withLoaded(loaded(other), fleet.ticker.nanos()));
        assertThat(answers.ps()).isEqualTo("{\"models\":[" + long1 + "," + other + "," + short1 + "]}");
        fleet.backend("b1").down("refused");
        assertThat(answers.ps()).isEqualTo("{\"models\":[" + long1 + "," + short1 + "]}");
    }

    private static java.util.List<Inventory.Loaded> loaded(ObjectNode... rows) {
        return java.util.Arrays.stream(rows)
                .map(row -> new Inventory.Loaded(
                        TestFleet.model(row.path("name").asString()).key(), row))
                .toList();
    }

    @Test
    void v1ModelsAreOllamas() {
        fleet.installed("b0", node(LLAMA), node(QWEN));
        assertThat(answers.v1Models())
                .isEqualTo("{\"object\":\"list\",\"data\":["
                        + "{\"id\":\"llama3.2:latest\",\"object\":\"model\",\"created\":1770018480,"
                        + "\"owned_by\":\"library\"},"
                        + "{\"id\":\"qwen2.5-coder:1.5b\",\"object\":\"model\",\"created\":1769849253,"
                        + "\"owned_by\":\"library\"}]}\n");
    }

    @ParameterizedTest
    @CsvSource({"llama3.2", "LLAMA3.2", "llama3.2:latest", "library/llama3.2"})
    void v1ModelEchoesTheNameAsSent(String asked) {
        fleet.installed("b0", node(LLAMA));
        assertThat(v1Model(asked))
                .isEqualTo("{\"id\":\"" + asked
                        + "\",\"object\":\"model\",\"created\":1770018480,\"owned_by\":\"library\"}\n");
    }

    @Test
    void v1ModelThatNobodyHasIsNull() {
        fleet.installed("b0", node(LLAMA));
        assertThat(v1Model("llama3.2:1b")).isNull();
        assertThat(v1Model("not a name")).isNull();
        assertThat(v1Model("")).isNull();
    }

    @ParameterizedTest
    @CsvSource({"alice/m:latest,alice", "hf.co/bob/m:Q4_K_M,bob", "m:latest,library"})
    void theOwnerIsTheNamespace(String name, String owner) {
        fleet.installed("b0", node(row(name, "2026-02-02T08:48:00Z", "1")));
        assertThat(answers.v1Models()).contains("\"owned_by\":\"" + owner + "\"");
    }

    @Test
    void aRowWithoutADateIsFromGosFirstYear() {
        fleet.installed("b0", node("{'name':'m:latest'}"));
        assertThat(v1Model("m")).contains("\"created\":-62135596800,");
    }

    @Test
    void theVersionIsTheLowestOfTheLiving() {
        assertThat(answers.version()).isEqualTo("{\"version\":\"0.12.0\"}");
        version("b0", "0.15.2");
        version("b1", "0.9.11");
        version("b2", "0.15.10");
        assertThat(answers.version()).isEqualTo("{\"version\":\"0.9.11\"}");
        fleet.backend("b1").down("refused");
        assertThat(answers.version()).isEqualTo("{\"version\":\"0.15.2\"}");
    }

    @Test
    void theLastKnownVersionStaysWithEveryHostDown() {
        version("b0", "0.15.2");
        fleet.backend("b0").down("refused");
        assertThat(answers.version()).isEqualTo("{\"version\":\"0.15.2\"}");
    }

    @ParameterizedTest
    @CsvSource({
        "0.16.0-rc1,0.16.0,0.16.0-rc1",
        "0.16.0,0.15.9-rc9,0.15.9-rc9",
        "dev,0.15.2,0.15.2",
        "12345678901234567890.1,0.15.2,0.15.2",
        "1.0,0.99.99,0.99.99"
    })
    void versionsCompareAsNumbers(String one, String other, String lowest) {
        version("b0", one);
        version("b1", other);
        assertThat(answers.version()).isEqualTo("{\"version\":\"" + lowest + "\"}");
    }
}
