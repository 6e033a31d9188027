package io.essaim.dialect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EmbeddingsTest {
    private static final String OPENAI = "{\"object\":\"list\",\"data\":[{\"object\":\"embedding\",\"index\":1,"
            + "\"embedding\":[0.25,-1]},{\"object\":\"embedding\",\"index\":0,\"embedding\":[0.0000417,1e-07]}],"
            + "\"model\":\"e\",\"usage\":{\"prompt_tokens\":7,\"total_tokens\":7}}";
    private static final String OLLAMA = "{\"model\":\"e\",\"embeddings\":[[0.0000417,1e-07],[0.25,-1]],"
            + "\"total_duration\":5,\"load_duration\":3,\"prompt_eval_count\":7}";

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            delimiter = '|',
            value = {"OPENAI | " + OPENAI, "OLLAMA | " + OLLAMA})
    void bothBackendsSayTheSame(BackendDialect dialect, String answer) throws Exception {
        assertThat(Embeddings.read(dialect, Sample.utf8(answer), 2))
                .isEqualTo(new Embeddings(List.of("[0.0000417,1e-07]", "[0.25,-1]"), 7));
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            delimiter = '|',
            value = {
                "OLLAMA | {\"model\":\"m\",\"embeddings\":[[0.5,-1]],\"total_duration\":1000000,\"prompt_eval_count\":3}",
                "OLLAMA_SINGLE | {\"embedding\":[0.5,-1]}",
                "OPENAI | {\"object\":\"list\",\"data\":[{\"object\":\"embedding\",\"embedding\":[0.5,-1],\"index\":0}],\"model\":\"m\",\"usage\":{\"prompt_tokens\":3,\"total_tokens\":3}}",
                "OPENAI_BASE64 | {\"object\":\"list\",\"data\":[{\"object\":\"embedding\",\"embedding\":\"AAAAPwAAgL8=\",\"index\":0}],\"model\":\"m\",\"usage\":{\"prompt_tokens\":3,\"total_tokens\":3}}",
            })
    void writesAsARealOllama(EmbeddingAsked.Form form, String expected) {
        EmbeddingAsked asked = new EmbeddingAsked(form, "m", List.of("x"), 0);
        ByteBuilder out = new ByteBuilder();
        var watch = Sample.answering(Sample.asked("m", NeutralRequest.Delivery.WHOLE))
                .watch();
        new Embeddings(List.of("[0.5,-1]"), 3).write(asked, watch, out);
        assertThat(out.toString().strip()).isEqualTo(expected);
    }

    @Test
    void requestsPassBothWays() throws Exception {
        EmbeddingAsked asked =
                EmbeddingAsked.ollama(Sample.utf8("{\"model\":\"m\",\"input\":[\"a\",\"b\"],\"dimensions\":8}"));
        byte[] request = Embeddings.request(asked, BackendDialect.OPENAI, "e");
        assertThat(new String(request, StandardCharsets.UTF_8))
                .isEqualTo("{\"model\":\"e\",\"input\":[\"a\",\"b\"],\"dimensions\":8}");
        assertThat(EmbeddingAsked.openAi(request).inputs()).isEqualTo(asked.inputs());
        assertThatThrownBy(() -> Embeddings.request(asked, BackendDialect.ANTHROPIC, "e"))
                .isInstanceOf(Untranslatable.class);
        assertThat(EmbeddingAsked.ollama(Sample.utf8("{\"model\":\"m\",\"input\":\"\"}"))
                        .asksNothing())
                .isTrue();
        assertThat(EmbeddingAsked.ollamaSingle(Sample.utf8("{\"model\":\"m\"}")).asksNothing())
                .isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            delimiter = '|',
            value = {
                "{\"model\":\"m\",\"input\":[]} | invalid input",
                "{\"model\":\"m\",\"input\":[1,2]} | invalid input type",
                "{\"model\":\"m\",\"input\":\"x\",\"encoding_format\":\"hex\"} | Invalid value for 'encoding_format' = hex. Supported values: ['float', 'base64'].",
            })
    void refusesInOllamasWords(String body, String text) {
        assertThatThrownBy(() -> EmbeddingAsked.openAi(Sample.utf8(body)))
                .isInstanceOf(InvalidRequest.class)
                .hasMessage(text);
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            delimiter = '|',
            value = {
                "{\"embeddings\":[[1]]}",
                "{\"embeddings\":[[1],[2],[3]]}",
                "{\"data\":[{\"index\":5,\"embedding\":[1]}]}",
                "{\"data\":[{\"index\":0}]}",
                "[]",
                "{",
                "{\"error\":\"no\"}",
                "{\"embeddings\":[1,2]}",
                "{\"embeddings\":[[1],[\"\u0122\"]]}"
            })
    void whatDoesNotFitIsBroken(String answer) {
        assertThatThrownBy(() -> Embeddings.read(BackendDialect.OPENAI, Sample.utf8(answer), 2))
                .isInstanceOf(UnusableAnswer.class);
    }
}
