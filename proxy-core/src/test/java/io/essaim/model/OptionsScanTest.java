package io.essaim.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.essaim.api.Operation;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The size of the context is found where Ollama would find it, and nowhere else. */
class OptionsScanTest {
    private static RequestFields scan(String body, Operation operation) throws InvalidBody {
        byte[] bytes = ("  " + body).getBytes(StandardCharsets.UTF_8);
        return BodyScan.scan(bytes, 2, bytes.length - 2, operation);
    }

    private static RequestFields withOptions(String options) throws InvalidBody {
        return scan("{\"model\":\"m\",\"options\":" + options + ",\"stream\":true}", Operation.CHAT);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"num_ctx\":8192} | 8192",
                "{ \"num_ctx\" : 8192 } | 8192",
                "{\"num_ctx\":8192.9} | 8192",
                "{\"num_ctx\":8e3} | 8000",
                "{\"seed\":1,\"stop\":[\"}\",\"\\\"num_ctx\\\":1\"],\"num_ctx\":4096,\"x\":{}} | 4096",
                "{\"num_ctx\":1,\"num_ctx\":2} | 2",
                "{\"num_ctx\":-5} | -5",
            })
    void readsAsOllamaDoes(String options, int tokens) throws Exception {
        RequestFields fields = withOptions(options);
        assertThat(fields.numCtx()).isEqualTo(tokens);
        ByteSpan at =
                Objects.requireNonNull(Objects.requireNonNull(fields.options()).numCtxAt());
        String body = "{\"model\":\"m\",\"options\":" + options + ",\"stream\":true}";
        assertThat(new java.math.BigDecimal(body.substring(at.from(), at.to())).intValue())
                .isEqualTo(tokens);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "null",
                "{\"NUM_CTX\":8192}",
                "{\"x\":{\"num_ctx\":8192}}",
                "{\"num_ctx\":\"8192\"}",
                "{\"num_ctx\":null}",
                "{\"num_ctx\":[1]}",
                "{\"num_ctx2\":1}"
            })
    void whatIsNoSize_isNone(String options) throws Exception {
        assertThat(withOptions(options).numCtx()).isNull();
    }

    @Test
    void theOpenAiSurface_hasNoOptions() throws Exception {
        assertThat(scan("{\"model\":\"m\",\"options\":{\"num_ctx\":1}}", Operation.V1_CHAT)
                        .options())
                .isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"model\":\"m\",\"options\":{},\"options\":{\"num_ctx\":1}}",
                "{\"model\":\"m\",\"Options\":{\"num_ctx\":1}}",
                "{\"model\":\"m\",\"options\":{},\"OPTIONS\":{}}"
            })
    void whatCouldBeReadInTwoWays_isRefused(String body) {
        assertThatThrownBy(() -> scan(body, Operation.CHAT)).isInstanceOf(InvalidBody.class);
    }
}
