package io.essaim.dialect;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.api.Failure;
import io.essaim.dialect.ProviderError.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Errors of many providers, as they were reported or documented. */
class ProviderErrorReaderTest {
    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            delimiter = '|',
            value = {
                "429 | {\"error\":{\"message\":\"Rate limit reached. Please try again in 1.5s.\",\"type\":\"tokens\",\"code\":\"rate_limit_exceeded\"}} | RATE_LIMITED | 429 | 2",
                "429 | {\"error\":{\"message\":\"You exceeded your current quota\",\"code\":\"insufficient_quota\"}} | QUOTA_SPENT | 429 | -1",
                "429 | [{\"error\":{\"code\":429,\"message\":\"Resource exhausted\",\"status\":\"RESOURCE_EXHAUSTED\",\"details\":[{\"retryDelay\": \"34s\"}]}}] | RATE_LIMITED | 429 | 35",
                "400 | {\"error\":{\"message\":\"This model's maximum context length is 8192 tokens\",\"code\":\"context_length_exceeded\"}} | CONTEXT_OVERFLOW | 400 | -1",
                "400 | {\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"message\":\"prompt is too long: 210000 tokens > 200000 maximum\"}} | CONTEXT_OVERFLOW | 400 | -1",
                "400 | {\"error\":{\"code\":400,\"message\":\"the request exceeds the available context size\",\"type\":\"exceed_context_size_error\"}} | CONTEXT_OVERFLOW | 400 | -1",
                "400 | {\"error\":{\"message\":\"blocked\",\"code\":\"content_filter\"}} | FILTERED | 400 | -1",
                "422 | {\"object\":\"error\",\"message\":{\"detail\":[{\"type\":\"extra_forbidden\",\"loc\":[\"body\",\"seed\"],\"msg\":\"Extra inputs are not permitted\"}]}} | BAD_REQUEST | 400 | -1",
                "401 | {\"error\":{\"message\":\"Incorrect API key provided: sk-abc***\"}} | DENIED | 502 | -1",
                "402 | {\"error\":\"payment required\"} | QUOTA_SPENT | 429 | -1",
                "404 | {\"error\":\"model 'x' not found\"} | MODEL_MISSING | 404 | -1",
                "503 | {\"error\":\"server busy, please try again.  maximum pending requests exceeded\"} | OVERLOADED | 503 | -1",
                "529 | {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}} | OVERLOADED | 503 | -1",
                "500 | <html>oops</html> | SERVER_ERROR | 502 | -1",
                "504 | | SERVER_ERROR | 502 | -1",
            })
    void readsTheErrorsOfProviders(int status, String body, Kind kind, int shown, long delay) {
        ProviderError fault = ProviderErrorReader.read(status, Sample.utf8(body == null ? "" : body), null);
        assertThat(fault.kind()).isEqualTo(kind);
        assertThat(fault.status()).isEqualTo(shown);
        assertThat(fault.retryAfterSeconds()).isEqualTo(delay);
        assertThat(fault.message()).isNotBlank().doesNotContain("sk-abc", "<html>");
    }

    @ParameterizedTest
    @CsvSource({
        "400, , BAD_REQUEST",
        "401, SERVER_ERROR, DENIED",
        "404, MODEL_MISSING, MODEL_MISSING",
        "429, SATURATED, RATE_LIMITED",
        "500, SERVER_ERROR, SERVER_ERROR",
        "503, SATURATED, OVERLOADED"
    })
    void saysWhetherTheBackendIsAtFault(int status, Failure.Kind expected, Kind kind) {
        ProviderError fault = ProviderErrorReader.read(status, new byte[0], null);
        Failure failure = fault.failure();
        assertThat(fault.kind()).isEqualTo(kind);
        assertThat(failure == null ? null : failure.kind()).isEqualTo(expected);
    }

    @Test
    void theFieldGoesBeforeTheText() {
        byte[] body = Sample.utf8("{\"error\":{\"message\":\"try again in 5s\"}}");
        assertThat(ProviderErrorReader.read(429, body, " 12 ").retryAfterSeconds())
                .isEqualTo(12);
        assertThat(ProviderErrorReader.read(429, body, "Wed, 21 Oct 2026 07:28:00 GMT")
                        .retryAfterSeconds())
                .isEqualTo(6);
    }

    @Test
    void saysWhereValidationFailed() {
        byte[] body =
                Sample.utf8("{\"detail\":[{\"loc\":[\"body\",\"seed\"],\"msg\":\"Extra inputs are not permitted\"}]}");
        assertThat(ProviderErrorReader.read(422, body, null).message())
                .isEqualTo("Extra inputs are not permitted: body.seed");
    }

    @Test
    void overflowIsSaidInOllamasWords() {
        byte[] body = Sample.utf8("{\"error\":{\"message\":\"context_length_exceeded\"}}");
        assertThat(ProviderErrorReader.read(400, body, null).message())
                .isEqualTo("the input length exceeds the context length");
    }
}
