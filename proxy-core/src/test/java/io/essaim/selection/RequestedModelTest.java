package io.essaim.selection;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.config.Rules;
import io.essaim.config.RulesLoader;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestedModelTest {
    private static final String RULES = """
            {
              "backends": { "a": { "url": "http://10.0.0.1:11434" } },
              "routes": [{ "models": ["*"], "tiers": [["a"]] }],
              "aliases": { "fast": "llama3.2:1b", "team/coder": "hf.co/u/r:Q4_K_M", "x:rssi": "qwen3:0.6b" },
              "agents": { "rssi": { }, "Dev": { } }
            }
            """;

    private static Rules rules() throws Exception {
        return RulesLoader.load("test.json", RULES.getBytes(StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @CsvSource({
        "llama3.2,                llama3.2:latest,     ,     false",
        "LLAMA3.2:latest,         LLAMA3.2:latest,     ,     false",
        "fast,                    llama3.2:1b,         ,     true",
        "FAST:latest,             llama3.2:1b,         ,     true",
        "fast:other,              fast:other,          ,     false",
        "team/coder,              hf.co/u/r:Q4_K_M,    ,     true",
        "rssi/llama3.2:1b,        llama3.2:1b,         rssi, true",
        "RSSI/fast,               llama3.2:1b,         rssi, true",
        "dev/hf.co/u/r:Q8_0,      hf.co/u/r:Q8_0,      dev,  true",
        "dev/user/m,              user/m:latest,       dev,  true",
        "llama3.2:dev,            llama3.2:latest,     dev,  true",
        "hf.co/u/r:DEV,           hf.co/u/r:latest,    dev,  true",
        "nobody/llama3.2,         nobody/llama3.2:latest, ,  false",
        "llama3.2:nobody,         llama3.2:nobody,     ,     false",
        "x:rssi,                  qwen3:0.6b,          ,     true",
    })
    void readsModelAndAgent(String asked, String model, String agent, boolean renamed) throws Exception {
        RequestedModel wanted = RequestedModel.read(asked, rules()).orElseThrow();

        assertThat(wanted.asked()).isEqualTo(asked);
        assertThat(wanted.model()).hasToString(model);
        assertThat(wanted.agent()).isEqualTo(agent);
        assertThat(wanted.renamed()).isEqualTo(renamed);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "two words", "rssi/", "rssi/two words", ":rssi", "a/b/c/d", "/x"})
    void isEmpty_whereOllamaSaysInvalid(String asked) throws Exception {
        assertThat(RequestedModel.read(asked, rules())).isEmpty();
    }
}
