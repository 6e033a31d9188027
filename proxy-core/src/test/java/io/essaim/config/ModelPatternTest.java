package io.essaim.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.model.ModelName;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModelPatternTest {

    @ParameterizedTest
    @CsvSource({
        "llama3.2, llama3.2, true",
        "llama3.2, Library/LLAMA3.2:latest, true",
        "llama3.2, llama3.2:1b, false",
        "llama3.2:*, llama3.2:1b, true",
        "llama3.2:*, llama3.2, true",
        "llama3.2:*, llama3.2-vision:1b, false",
        "LLAMA3.2*, llama3.2-vision:1b, true",
        "qwen*, qwen2.5-coder:1.5b, true",
        "qwen*, user/qwen2.5, false",
        "qwen*, qwen.example/x/y, false",
        "*coder, qwen2.5-coder:1.5b, true",
        "*coder:1.5b, qwen2.5-coder:1.5b, true",
        "*coder:1.5b, qwen2.5-coder:7b, false",
        "q*n*5*:1*b, qwen2.5-coder:1.5b, true",
        "*/qwen*, user/qwen2.5, true",
        "user/*, user/qwen2.5:7b, true",
        "user/*, qwen2.5:7b, false",
        "hf.co/*, hf.co/user/repo:Q4_K_M, true",
        "hf.co/*:Q4_K_M, hf.co/user/repo:q8_0, false",
        "localhost:5000/*, localhost:5000/ns/m, true",
        "hf.co/user/*, hf.co/other/repo, false",
        "*, hf.co/user/repo:Q4_K_M, true",
        "*, m, true",
        "**, m:1b, true",
        "*:latest, m:1b, false",
        "*:latest, m, true",
    })
    void matches(String pattern, String name, boolean expected) {
        assertThat(pattern(pattern).matches(ModelName.parse(name).orElseThrow()))
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " *",
                "* ",
                "*@*",
                "a//*",
                "a/b/c/*",
                "-*",
                "m:*:*",
                "n.s*/m",
                "https://*",
                "/*",
                "*/",
                "*:",
                "é*"
            })
    void refusesWhatNoNameCouldMatch(String text) {
        assertThat(ModelPattern.parse(text)).isEmpty();
    }

    @Test
    void equalWhenTheyCompleteToTheSame() {
        assertThat(pattern("LLama3.2")).isEqualTo(pattern("registry.ollama.ai/library/llama3.2:latest"));
        assertThat(pattern("qwen*")).isEqualTo(pattern("library/qwen**:*")).hasSameHashCodeAs(pattern("qwen*:*"));
        assertThat(pattern("*")).isEqualTo(pattern("*/*/*:*")).hasToString("*");
        assertThat(pattern("*")).isNotEqualTo(pattern("*:*"));
    }

    @Test
    void coversWhatItMatchesAltogether() {
        List<String> widening = List.of("qwen2.5:7b", "qwen2.5:*", "qwen2*", "q*", "*:*", "*/*", "*");
        for (int i = 0; i < widening.size(); i++) {
            for (int j = 0; j < widening.size(); j++) {
                assertThat(pattern(widening.get(j)).covers(pattern(widening.get(i))))
                        .as("%s covers %s", widening.get(j), widening.get(i))
                        .isEqualTo(j >= i);
            }
        }
        assertThat(pattern("*a*").covers(pattern("*b*"))).isFalse();
    }

    @Test
    void coverAndMatchNeverContradict() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        int matched = 0;
        for (int i = 0; i < 100_000; i++) {
            Optional<ModelPattern> wide = ModelPattern.parse(text(random, "ab*/:"));
            Optional<ModelPattern> narrow = ModelPattern.parse(text(random, "ab*/:"));
            Optional<ModelName> name = ModelName.parse(text(random, "ab/:"));
            if (wide.isEmpty() || narrow.isEmpty() || name.isEmpty()) {
                continue;
            }
            if (wide.get().covers(narrow.get()) && narrow.get().matches(name.get())) {
                matched++;
                assertThat(wide.get().matches(name.get()))
                        .as("%s, %s, %s, seed %d", wide.get(), narrow.get(), name.get(), seed)
                        .isTrue();
            }
        }
        assertThat(matched).as("seed %d", seed).isPositive();
    }

    private static String text(Random random, String alphabet) {
        StringBuilder text = new StringBuilder();
        for (int i = 1 + random.nextInt(6); i > 0; i--) {
            text.append(alphabet.charAt(random.nextInt(alphabet.length())));
        }
        return text.toString();
    }

    private static ModelPattern pattern(String text) {
        return ModelPattern.parse(text).orElseThrow();
    }
}
