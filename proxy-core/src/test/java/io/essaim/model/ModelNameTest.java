package io.essaim.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModelNameTest {
    private static final String FIRST = "abcxyzABCXYZ0189_";
    private static final String REST = FIRST + "-";

    @Test
    void aScheme_isCutOff() {
        assertThat(ModelName.parse("https://registry.ollama.ai/library/m")
                        .orElseThrow()
                        .key())
                .isEqualTo("registry.ollama.ai/library/m:latest");
        assertThat(ModelName.parse("http://h:1/n/m:t").orElseThrow().shortest()).isEqualTo("h:1/n/m:t");
    }

    @ParameterizedTest
    @CsvSource({
        "llama3.2, registry.ollama.ai/library/llama3.2:latest, llama3.2:latest",
        "LLama3.2:1B, registry.ollama.ai/library/llama3.2:1b, LLama3.2:1B",
        "library/x, registry.ollama.ai/library/x:latest, x:latest",
        "Registry.Ollama.AI/LIBRARY/X:Latest, registry.ollama.ai/library/x:latest, X:Latest",
        "user/m:t, registry.ollama.ai/user/m:t, user/m:t",
        "registry.ollama.ai/user/m, registry.ollama.ai/user/m:latest, user/m:latest",
        "hf.co/User/Repo-GGUF:Q4_K_M, hf.co/user/repo-gguf:q4_k_m, hf.co/User/Repo-GGUF:Q4_K_M",
        "hf.co/library/m, hf.co/library/m:latest, hf.co/library/m:latest",
        "localhost:5000/ns/m, localhost:5000/ns/m:latest, localhost:5000/ns/m:latest",
        "localhost:5000/ns/m:t, localhost:5000/ns/m:t, localhost:5000/ns/m:t",
        "_m-.._:_t.-, registry.ollama.ai/library/_m-.._:_t.-, _m-.._:_t.-",
    })
    void readsAndCompletes(String written, String key, String shortest) {
        ModelName name = ModelName.parse(written).orElseThrow();

        assertThat(name.key()).isEqualTo(key);
        assertThat(name.shortest()).isEqualTo(shortest);
        assertThat(name).hasToString(shortest);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                " m",
                "m ",
                "m\n",
                "m:",
                ":t",
                ":",
                "/",
                "/m",
                "m/",
                "a//b",
                "//m",
                "a/b/c/d",
                "-m",
                ".m",
                "m:-t",
                "m:.t",
                "m:a:b",
                "gpt-oss:20b:cloud",
                "n.s/m",
                "n:s/m",
                "m@sha256:0123",
                "m:t@sha256:0123",
                "modèle",
                "m\u0000",
                "ſ",
                "\ud800",
                "http://m",
                "http://n/m",
                "http:///n/m",
                "m:a/b",
                "*",
                "m*",
                "m:*",
                "[::1]/n/m",
                "a b",
                "m\\n"
            })
    void refusesWhatOllamaRefuses(String written) {
        assertThat(ModelName.parse(written)).isEmpty();
    }

    @Test
    void keepsOllamasLengths() {
        String long80 = "m".repeat(80);
        String long350 = "h".repeat(350);

        assertThat(ModelName.parse(long350 + '/' + long80 + '/' + long80 + ':' + long80))
                .isPresent();
        assertThat(ModelName.parse(long80 + 'm')).isEmpty();
        assertThat(ModelName.parse("m:" + long80 + 'm')).isEmpty();
        assertThat(ModelName.parse(long80 + "m/m")).isEmpty();
        assertThat(ModelName.parse(long350 + "h/m/m")).isEmpty();
    }

    @Test
    void equalsByKeyWhateverTheSystemsLanguage() {
        Locale before = Locale.getDefault();
        try {
            Locale.setDefault(Locale.forLanguageTag("tr")); // where "I" becomes a dotless "ı"
            assertThat(ModelName.parse("MINI")).isEqualTo(ModelName.parse("library/mini:LATEST"));
            assertThat(ModelName.parse("MINI")).hasSameHashCodeAs(ModelName.parse("mini"));
            assertThat(ModelName.parse("mini:1b")).isNotEqualTo(ModelName.parse("mini"));
        } finally {
            Locale.setDefault(before);
        }
    }

    @Test
    void everyValidNameIsFoundAgainFromItsKeyAndItsShortForm() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 20_000; i++) {
            String written = validName(random);
            ModelName name = ModelName.parse(written).orElseThrow(() -> new AssertionError(written + ", seed " + seed));

            assertThat(ModelName.parse(name.shortest()))
                    .as("%s, seed %d", written, seed)
                    .contains(name);
            assertThat(ModelName.parse(name.key()))
                    .as("%s, seed %d", written, seed)
                    .contains(name);
            assertThat(ModelName.parse(written.toUpperCase(Locale.ROOT)))
                    .as("%s, seed %d", written, seed)
                    .contains(name);
            assertThat(name.shortest()).as("%s, seed %d", written, seed).isEqualTo(reparsed(name.shortest()));
        }
    }

    @Test
    void anyTextIsEitherRefusedOrStable() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        String alphabet = "aZ9_-.:/@* \u00e9\n";
        for (int i = 0; i < 50_000; i++) {
            String text = text(random, alphabet, alphabet, random.nextInt(12));
            Optional<ModelName> name = ModelName.parse(text);
            if (name.isPresent()) {
                assertThat(text).as("seed %d", seed).matches("[A-Za-z0-9_./:-]+");
                assertThat(ModelName.parse(name.get().shortest()))
                        .as("%s, seed %d", text, seed)
                        .isEqualTo(name);
            }
        }
    }

    private static String reparsed(String text) {
        return ModelName.parse(text).orElseThrow().shortest();
    }

    private static String validName(Random random) {
        StringBuilder name = new StringBuilder();
        int parts = random.nextInt(3);
        if (parts == 2) {
            name.append(
                    random.nextInt(4) == 0
                            ? "registry.ollama.ai"
                            : text(random, FIRST, REST + ".:", 1 + random.nextInt(20)));
            name.append('/');
        }
        if (parts >= 1) {
            name.append(random.nextInt(4) == 0 ? "Library" : text(random, FIRST, REST, 1 + random.nextInt(20)))
                    .append('/');
        }
        name.append(text(random, FIRST, REST + ".", 1 + random.nextInt(20)));
        if (random.nextBoolean()) {
            name.append(':').append(text(random, FIRST, REST + ".", 1 + random.nextInt(80)));
        }
        return name.toString();
    }

    private static String text(Random random, String first, String rest, int length) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            String from = i == 0 ? first : rest;
            text.append(from.charAt(random.nextInt(from.length())));
        }
        return text.toString();
    }
}
