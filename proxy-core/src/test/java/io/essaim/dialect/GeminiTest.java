package io.essaim.dialect;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.dialect.StreamEvent.Begin;
import io.essaim.dialect.StreamEvent.CallArguments;
import io.essaim.dialect.StreamEvent.CallBegin;
import io.essaim.dialect.StreamEvent.CallEnd;
import io.essaim.dialect.StreamEvent.Failed;
import io.essaim.dialect.StreamEvent.Finish;
import io.essaim.dialect.StreamEvent.Reason;
import io.essaim.dialect.StreamEvent.Thoughts;
import io.essaim.dialect.StreamEvent.Usage;
import io.essaim.dialect.StreamEvent.Words;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Gemini's own API, as a backend. */
class GeminiTest {
    @Test
    void readsAStream() {
        var events = Sample.read(BackendDialect.GEMINI, true, Sample.bytes("gemini-stream.sse"));
        String first = ((CallBegin) events.get(4)).id();
        String second = ((CallBegin) events.get(7)).id();
        assertThat(first).isNotEqualTo(second).matches("call_[a-z0-9]{8}");
        assertThat(events)
                .containsExactly(
                        new Begin(),
                        new Thoughts("I think", null),
                        new Words("Hello ", null),
                        new Words("there", null),
                        new CallBegin(0, first, "get_weather", "c2ln"),
                        new CallArguments(0, "{\"city\":\"Paris\"}"),
                        new CallEnd(0),
                        new CallBegin(1, second, "get_weather", null),
                        new CallArguments(1, "{\"city\":\"Rome\"}"),
                        new CallEnd(1),
                        new Usage(11, 59),
                        new Finish(Reason.CALLS));
    }

    @ParameterizedTest
    @CsvSource({"SAFETY, FILTERED", "MAX_TOKENS, LENGTH", "STOP, STOP", "RECITATION, FILTERED"})
    void readsReasons(String word, Reason reason) {
        byte[] answer = Sample.utf8("{\"candidates\":[{\"finishReason\":\"" + word + "\"}]}");
        assertThat(Sample.read(BackendDialect.GEMINI, false, answer)).containsExactly(new Begin(), new Finish(reason));
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            delimiter = '|',
            value = {
                "{\"promptFeedback\":{\"blockReason\":\"SAFETY\"}} | FILTERED",
                "{\"candidates\":[{\"finishReason\":\"MALFORMED_FUNCTION_CALL\"}]} | SERVER_ERROR",
                "[{\"error\":{\"code\":503,\"message\":\"overloaded\",\"status\":\"UNAVAILABLE\"}}] | OVERLOADED",
                "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"}]}}]} | INCOMPLETE",
                "7 | MALFORMED"
            })
    void readsFaults(String answer, ProviderError.Kind kind) {
        var events = Sample.read(BackendDialect.GEMINI, false, Sample.utf8(answer));
        assertThat(((Failed) events.get(events.size() - 1)).fault().kind()).isEqualTo(kind);
    }

    @Test
    void writesARequest() throws Exception {
        String chat = "{\"model\":\"m\",\"messages\":[{\"role\":\"system\",\"content\":\"a\"},{\"role\":\"user\","
                + "\"content\":\"q\",\"images\":[\"/9j/4AAQ\"]},{\"role\":\"assistant\",\"content\":\"\",\"tool_calls\":["
                + "{\"function\":{\"name\":\"f\",\"arguments\":{\"x\":1}}},{\"function\":{\"name\":\"g\",\"arguments\":{}}}]},"
                + "{\"role\":\"tool\",\"content\":\"plain\"},{\"role\":\"tool\",\"content\":\"{\\\"n\\\":2}\"}],"
                + "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"parameters\":{\"type\":\"object\"}}}],"
                + "\"format\":{\"type\":\"object\"},\"options\":{\"top_k\":3,\"num_predict\":5,\"stop\":[\"s\"]},"
                + "\"think\":\"low\"}";
        NeutralRequest asked = ClientDialect.OLLAMA_CHAT.read(Sample.utf8(chat));
        byte[] request = BackendDialect.GEMINI.write(
                asked, "gemini", Capabilities.named("gemini").orElseThrow());
        assertThat(new String(request, StandardCharsets.UTF_8))
                .isEqualTo(
                        "{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"q\"},{\"inlineData\":{\"mimeType\":"
                                + "\"image/jpeg\",\"data\":\"/9j/4AAQ\"}}]},{\"role\":\"model\",\"parts\":[{\"functionCall\":"
                                + "{\"name\":\"f\",\"args\":{\"x\":1}},\"thoughtSignature\":\"skip_thought_signature_validator\"},"
                                + "{\"functionCall\":{\"name\":\"g\",\"args\":{}}}]},{\"role\":\"user\",\"parts\":["
                                + "{\"functionResponse\":{\"name\":\"f\",\"response\":{\"result\":\"plain\"}}},"
                                + "{\"functionResponse\":{\"name\":\"g\",\"response\":{\"n\":2}}}]}],"
                                + "\"systemInstruction\":{\"parts\":[{\"text\":\"a\"}]},\"tools\":[{\"functionDeclarations\":["
                                + "{\"name\":\"f\",\"parametersJsonSchema\":{\"type\":\"object\"}}]}],\"generationConfig\":"
                                + "{\"topK\":3,\"maxOutputTokens\":5,\"stopSequences\":[\"s\"],\"responseMimeType\":"
                                + "\"application/json\",\"responseJsonSchema\":{\"type\":\"object\"},\"thinkingConfig\":"
                                + "{\"includeThoughts\":true,\"thinkingBudget\":1024}}}");
        assertThat(BackendDialect.GEMINI.path("gemini-2.5-flash", true))
                .isEqualTo("/models/gemini-2.5-flash:streamGenerateContent?alt=sse");
    }
}
