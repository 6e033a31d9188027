package io.essaim.dialect;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.dialect.NeutralRequest.Delivery;
import io.essaim.dialect.StreamEvent.Reason;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is written for clients of OpenAI's chat completions, held to what a real Ollama 0.15.2 wrote. */
class OpenAiWriterTest {
    @ParameterizedTest
    @CsvSource({
        "openai-stream-usage.sse, llama3.2, STREAM_WITH_USAGE",
        "openai-stream.sse, llama3.2, STREAM",
        "openai-tools.sse, llama3.2, STREAM",
        "openai-reasoning.sse, qwen3:0.6b, STREAM",
        "openai-html.sse, llama3.2, STREAM",
        "openai-whole.json, llama3.2, WHOLE",
        "openai-tools-whole.json, llama3.2, WHOLE",
        "openai-logprobs-whole.json, llama3.2, WHOLE",
    })
    void writesAsARealOllama(String name, String model, Delivery delivery) {
        String golden = Sample.text(name);
        var events = Sample.read(BackendDialect.OPENAI, delivery != Delivery.WHOLE, Sample.utf8(golden));
        String written = Sample.write(ClientDialect.OPENAI_CHAT, Sample.asked(model, delivery), events);
        assertThat(Sample.steady(written)).isEqualTo(Sample.steady(golden));
    }

    @Test
    void hidesUsageThatTheClientDidNotAskFor() {
        var events = Sample.read(BackendDialect.OPENAI, true, Sample.bytes("openai-stream-usage.sse"));
        assertThat(events).contains(new StreamEvent.Usage(12, 8));
        assertThat(Sample.write(ClientDialect.OPENAI_CHAT, Delivery.STREAM, events))
                .endsWith("data: [DONE]\n\n")
                .doesNotContain("usage");
    }

    @Test
    void handsArgumentsOnInPieces() {
        var events = List.of(
                new StreamEvent.CallBegin(0, "call_1", "f", null),
                new StreamEvent.CallArguments(0, "{\"a\""),
                new StreamEvent.CallArguments(0, ":1}"),
                new StreamEvent.CallEnd(0),
                new StreamEvent.CallBegin(1, "call_2", "g", null),
                new StreamEvent.CallEnd(1),
                new StreamEvent.Finish(Reason.CALLS));
        String written = Sample.write(ClientDialect.OPENAI_CHAT, Delivery.STREAM, events);
        assertThat(written)
                .contains("\"tool_calls\":[{\"id\":\"call_1\",\"index\":0,\"type\":\"function\","
                        + "\"function\":{\"name\":\"f\",\"arguments\":\"{\\\"a\\\"\"}}]")
                .contains("\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\":1}\"}}]")
                .contains("\"function\":{\"name\":\"g\",\"arguments\":\"{}\"}");
        assertThat(Sample.read(BackendDialect.OPENAI, true, Sample.utf8(written)))
                .contains(events.get(1), events.get(2));
    }
}
