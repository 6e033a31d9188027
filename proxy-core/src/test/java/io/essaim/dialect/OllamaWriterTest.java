package io.essaim.dialect;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.dialect.NeutralRequest.Delivery;
import io.essaim.dialect.StreamEvent.Reason;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What is written for clients of Ollama, held to what a real 0.15.2 wrote. */
class OllamaWriterTest {
    @ParameterizedTest
    @ValueSource(strings = {"stream", "tools", "thinking", "logprobs", "html"})
    void writesTheLinesOfARealOllama(String name) {
        String golden = Sample.text("ollama-chat-" + name + ".ndjson");
        String model = name.equals("thinking") ? "qwen3:0.6b" : "llama3.2";
        var events = Sample.read(BackendDialect.OLLAMA, true, Sample.utf8(golden));
        String written = Sample.write(ClientDialect.OLLAMA_CHAT, Sample.asked(model, Delivery.STREAM), events);
        // One difference is meant: U+0085, on which Python's line iterators split.
        assertThat(Sample.steady(written)).isEqualTo(Sample.steady(golden).replace("\u0085", "\\u0085"));
    }

    @ParameterizedTest
    @CsvSource({"whole, llama3.2", "tools-whole, llama3.2", "thinking-whole, qwen3:0.6b"})
    void writesTheObjectsOfARealOllama(String name, String model) {
        String golden = Sample.text("ollama-chat-" + name + ".json");
        var events = Sample.read(BackendDialect.OLLAMA, false, Sample.utf8(golden));
        String written = Sample.write(ClientDialect.OLLAMA_CHAT, Sample.asked(model, Delivery.WHOLE), events);
        assertThat(Sample.steady(written)).isEqualTo(Sample.steady(golden));
    }

    @ParameterizedTest
    @CsvSource({
        "stream.ndjson, llama3.2, STREAM",
        "thinking.ndjson, qwen3:0.6b, STREAM",
        "logprobs.ndjson, llama3.2, STREAM",
        "whole.json, llama3.2, WHOLE"
    })
    void writesGenerateAsARealOllama(String name, String model, Delivery delivery) {
        String golden = Sample.text("ollama-generate-" + name);
        StringBuilder asChat = new StringBuilder();
        for (String line : golden.split("\n", -1)) {
            if (!line.isEmpty()) {
                ObjectNode node = (ObjectNode) GoJsonObject.MAPPER.readTree(line);
                ObjectNode message = node.putObject("message");
                message.set("content", node.remove("response"));
                JsonNode thinking = node.remove("thinking");
                if (thinking != null) {
                    message.set("thinking", thinking);
                }
                asChat.append(node).append('\n');
            }
        }
        var events = Sample.read(BackendDialect.OLLAMA, delivery != Delivery.WHOLE, Sample.utf8(asChat.toString()));
        String written = Sample.write(ClientDialect.OLLAMA_GENERATE, Sample.asked(model, delivery), events);
        assertThat(Sample.steady(written)).isEqualTo(Sample.steady(golden));
    }

    @Test
    void measuresDurationsAndDatesLines() {
        var events = List.of(
                new StreamEvent.Begin(),
                new StreamEvent.Words("a", null),
                new StreamEvent.Words("b", null),
                new StreamEvent.Usage(3, 2),
                new StreamEvent.Finish(Reason.STOP));
        assertThat(Sample.write(ClientDialect.OLLAMA_CHAT, Delivery.STREAM, events))
                .endsWith("{\"model\":\"llama3.2\",\"created_at\":\"2026-11-23T05:14:39.732324308Z\","
                        + "\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done\":true,\"done_reason\":\"stop\","
                        + "\"total_duration\":2000000,\"prompt_eval_count\":3,\"prompt_eval_duration\":1000000,"
                        + "\"eval_count\":2,\"eval_duration\":1000000}\n");
    }

    @ParameterizedTest
    @CsvSource({
        "1795410879732324308, 2026-11-23T05:14:39.732324308Z",
        "1795410879700000000, 2026-11-23T05:14:39.7Z",
        "1795410879000000000, 2026-11-23T05:14:39Z",
        "1795410879000000050, 2026-11-23T05:14:39.00000005Z",
        "-1, 1969-12-31T23:59:59.999999999Z"
    })
    void datesAsGoDoes(long nanos, String text) {
        Timestamp timestamp = new Timestamp();
        timestamp.write(nanos, new ByteBuilder());
        ByteBuilder out = new ByteBuilder();
        timestamp.write(nanos, out);
        assertThat(out).hasToString(text);
    }

    @Test
    void argumentsThatAreNoObjectBreakTheAnswer() {
        var events = List.of(
                new StreamEvent.CallBegin(0, "call_1", "f", null),
                new StreamEvent.CallArguments(0, "{\"a\":"),
                new StreamEvent.CallEnd(0),
                new StreamEvent.Finish(Reason.CALLS));
        assertThat(Sample.write(ClientDialect.OLLAMA_CHAT, Delivery.STREAM, events))
                .isEqualTo(
                        "{\"error\":\"the backend sent arguments of a tool call that are no JSON object\",\"status\":502}\n");
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            delimiter = '|',
            value = {
                "{\"model\":\"llama3.2\",\"messages\":[]} | load",
                "{\"model\":\"llama3.2\",\"keep_alive\":0} | unload",
                "{\"model\":\"llama3.2\",\"keep_alive\":\"0s\"} | unload",
                "{\"model\":\"llama3.2\",\"keep_alive\":\"5m\"} | load"
            })
    void idleAnswersSayWhy(String body, String reason) throws Exception {
        NeutralRequest asked = ClientDialect.OLLAMA_CHAT.read(Sample.utf8(body));
        assertThat(asked.asksNothing()).isTrue();
        ByteBuilder out = new ByteBuilder();
        ClientDialect.OLLAMA_CHAT.writeIdle(Sample.answering(asked), Sample.utf8(body), out);
        assertThat(Sample.steady(out.toString()))
                .isEqualTo("{\"model\":\"llama3.2\",\"created_at\":\"T\",\"message\":{\"role\":\"assistant\","
                        + "\"content\":\"\"},\"done\":true,\"done_reason\":\"" + reason + "\"}");
    }
}
