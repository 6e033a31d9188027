package io.essaim.dialect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.essaim.dialect.NeutralRequest.Delivery;
import io.essaim.dialect.StreamEvent.Begin;
import io.essaim.dialect.StreamEvent.CallArguments;
import io.essaim.dialect.StreamEvent.CallBegin;
import io.essaim.dialect.StreamEvent.CallEnd;
import io.essaim.dialect.StreamEvent.Failed;
import io.essaim.dialect.StreamEvent.Finish;
import io.essaim.dialect.StreamEvent.Reason;
import io.essaim.dialect.StreamEvent.Thoughts;
import io.essaim.dialect.StreamEvent.Usage;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Anthropic's messages, on both sides. */
class AnthropicTest {
    @ParameterizedTest
    @CsvSource({
        "anthropic-stream.sse, llama3.2, STREAM",
        "anthropic-thinking.sse, qwen3:0.6b, STREAM",
        "anthropic-tools.sse, llama3.2, STREAM",
        "anthropic-whole.json, llama3.2, WHOLE",
        "anthropic-tools-whole.json, llama3.2, WHOLE",
    })
    void writesAsARealOllama(String name, String model, Delivery delivery) {
        String golden = Sample.text(name);
        var events = Sample.read(BackendDialect.ANTHROPIC, delivery != Delivery.WHOLE, Sample.utf8(golden));
        String written = Sample.write(ClientDialect.ANTHROPIC, Sample.asked(model, delivery), events);
        // 0.15.2 says the tokens of the prompt only when it does not stream.
        String expected = golden.replaceAll("\\{\"output_tokens\"", "{\"input_tokens\":0,\"output_tokens\"");
        assertThat(Sample.steady(written)).isEqualTo(Sample.steady(expected));
    }

    @Test
    void readsTheStreamOfTheCloud() {
        assertThat(Sample.read(BackendDialect.ANTHROPIC, true, Sample.bytes("anthropic-cloud.sse")))
                .containsExactly(
                        new Begin(),
                        new Thoughts("Let me see", null),
                        new Thoughts("", "EqQB"),
                        new CallBegin(0, "toolu_01", "get_weather", null),
                        new CallArguments(0, "{\"city\": \"Par"),
                        new CallArguments(0, "is\"}"),
                        new CallEnd(0),
                        new Usage(125, 89),
                        new Finish(Reason.CALLS));
    }

    @Test
    void signaturesAndThoughtsPassThrough() {
        var events = Sample.read(BackendDialect.ANTHROPIC, true, Sample.bytes("anthropic-cloud.sse"));
        assertThat(Sample.write(ClientDialect.ANTHROPIC, Delivery.STREAM, events))
                .contains("\"delta\":{\"type\":\"signature_delta\",\"signature\":\"EqQB\"}")
                .contains("\"partial_json\":\"{\\\"city\\\":\\\"Paris\\\"}\"");
        assertThat(Sample.write(ClientDialect.ANTHROPIC, Delivery.WHOLE, events))
                .contains("{\"type\":\"thinking\",\"thinking\":\"Let me see\",\"signature\":\"EqQB\"}");
    }

    @Test
    void anErrorEventEndsTheStream() {
        var events = Sample.read(
                BackendDialect.ANTHROPIC,
                true,
                Sample.utf8("event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\","
                        + "\"message\":\"Overloaded\"}}\n\n"));
        assertThat(events)
                .containsExactly(new Failed(new ProviderError(ProviderError.Kind.OVERLOADED, 503, "Overloaded", -1)));
        assertThat(Sample.write(ClientDialect.ANTHROPIC, Delivery.STREAM, events))
                .isEqualTo("event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\","
                        + "\"message\":\"Overloaded\"}}\n\n");
    }

    @Test
    void resultsOfToolsAreOneMessageBehindTheCalls() throws Exception {
        String chat = "{\"model\":\"m\",\"messages\":[{\"role\":\"system\",\"content\":\"a\"},{\"role\":\"user\","
                + "\"content\":\"q\"},{\"role\":\"assistant\",\"content\":\"\",\"thinking\":\"hm\",\"tool_calls\":["
                + "{\"function\":{\"name\":\"f\",\"arguments\":{\"x\":1}}},{\"function\":{\"name\":\"g\",\"arguments\":{}}}]},"
                + "{\"role\":\"tool\",\"content\":\"1\"},{\"role\":\"tool\",\"content\":\"2\"},{\"role\":\"system\","
                + "\"content\":\"b\"}],\"think\":true,\"stream\":false}";
        NeutralRequest asked = ClientDialect.OLLAMA_CHAT.read(Sample.utf8(chat));
        byte[] request = BackendDialect.ANTHROPIC.write(
                asked, "claude", Capabilities.named("anthropic").orElseThrow());
        assertThat(new String(request, StandardCharsets.UTF_8))
                .isEqualTo("{\"model\":\"claude\",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\","
                        + "\"text\":\"q\"}]},{\"role\":\"assistant\",\"content\":[{\"type\":\"tool_use\",\"id\":\"call_0\","
                        + "\"name\":\"f\",\"input\":{\"x\":1}},{\"type\":\"tool_use\",\"id\":\"call_1\",\"name\":\"g\","
                        + "\"input\":{}}]},{\"role\":\"user\",\"content\":[{\"type\":\"tool_result\",\"tool_use_id\":"
                        + "\"call_0\",\"content\":\"1\"},{\"type\":\"tool_result\",\"tool_use_id\":\"call_1\",\"content\":"
                        + "\"2\"}]}],\"max_tokens\":12288,\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":4096},"
                        + "\"system\":\"a\\n\\nb\",\"stream\":false}");
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            delimiter = '|',
            value = {
                "{\"messages\":[]} | model is required",
                "{\"model\":\"m\"} | max_tokens is required and must be positive",
                "{\"model\":\"m\",\"max_tokens\":1} | messages is required",
                "{\"model\":\"m\",\"max_tokens\":1,\"messages\":[{\"role\":\"user\",\"content\":[5]}]} | invalid content block format",
                "{\"model\":\"m\",\"max_tokens\":1,\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image\",\"source\":{\"type\":\"url\"}}]}]} | invalid image source type: url. Only base64 images are supported.",
            })
    void refusesInOllamasWords(String body, String text) {
        assertThatThrownBy(() -> ClientDialect.ANTHROPIC.read(Sample.utf8(body)))
                .isInstanceOf(InvalidRequest.class)
                .hasMessage(text);
    }

    @Test
    void aToolThatTheProviderRunsIsRefusedByName() throws Exception {
        NeutralRequest asked = ClientDialect.ANTHROPIC.read(
                Sample.utf8("{\"model\":\"m\",\"max_tokens\":1,\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],"
                        + "\"tools\":[{\"type\":\"web_search_20250305\",\"name\":\"web_search\"}]}"));
        assertThatThrownBy(() -> BackendDialect.OLLAMA.write(
                        asked, "m", Capabilities.named("ollama").orElseThrow()))
                .hasMessageEndingWith("tools.web_search_20250305");
        assertThat(List.of(asked.beyond())).hasSize(1);
    }
}
