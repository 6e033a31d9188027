package io.essaim.dialect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.essaim.dialect.NeutralRequest.Delivery;
import io.essaim.dialect.StreamEvent.Reason;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** OpenAI's responses, for clients: the same events with the same members as a real Ollama 0.15.2 sends. */
class ResponsesTest {
    private static final List<StreamEvent> TEXT = List.of(
            new StreamEvent.Begin(),
            new StreamEvent.Words("I", null),
            new StreamEvent.Words("'m", null),
            new StreamEvent.Words(" so", null),
            new StreamEvent.Words(" glad", null),
            new StreamEvent.Words(" you", null),
            new StreamEvent.Words("'re", null),
            new StreamEvent.Usage(12, 6),
            new StreamEvent.Finish(Reason.STOP));
    private static final List<StreamEvent> CALL = List.of(
            new StreamEvent.CallBegin(0, "call_trtcp7me", "get_weather", null),
            new StreamEvent.CallArguments(0, "{\"city\": \"Paris\"}"),
            new StreamEvent.CallEnd(0),
            new StreamEvent.Usage(205, 18),
            new StreamEvent.Finish(Reason.CALLS));

    @Test
    void streamsTextAsARealOllama() throws Exception {
        assertThat(events(Sample.write(ClientDialect.RESPONSES, asked("responses-stream"), TEXT)))
                .isEqualTo(events(Sample.text("responses-stream.sse")));
    }

    @Test
    void streamsCallsAsARealOllama() throws Exception {
        assertThat(events(Sample.write(ClientDialect.RESPONSES, asked("responses-tools"), CALL)))
                .isEqualTo(events(Sample.text("responses-tools.sse")));
    }

    @Test
    void streamsThoughtsAsARealOllama() throws Exception {
        List<StreamEvent> events = new ArrayList<>(List.of(new StreamEvent.Begin()));
        for (String piece : List.of("The", " answer", " to", " this", " question", " lies")) {
            events.add(new StreamEvent.Thoughts(piece, null));
        }
        events.add(new StreamEvent.Usage(19, 6));
        events.add(new StreamEvent.Finish(Reason.STOP));
        assertThat(events(Sample.write(ClientDialect.RESPONSES, asked("responses-reasoning"), events)))
                .isEqualTo(events(Sample.text("responses-reasoning.sse")));
    }

    @Test
    void writesWholeAnswersAsARealOllama() throws Exception {
        assertThat(Sample.steady(Sample.write(ClientDialect.RESPONSES, asked("responses-whole"), TEXT)))
                .isEqualTo(Sample.steady(Sample.text("responses-whole.json")));
    }

    @Test
    void saysThatAnAnswerWasCut() {
        var events = List.of(new StreamEvent.Words("a", null), new StreamEvent.Finish(Reason.LENGTH));
        assertThat(Sample.write(ClientDialect.RESPONSES, Delivery.STREAM, events))
                .contains("event: response.incomplete\n")
                .contains("\"incomplete_details\":{\"reason\":\"max_output_tokens\"}");
    }

    @Test
    void itemsOfTheAssistantAreOneTurn() throws Exception {
        NeutralRequest asked = ClientDialect.RESPONSES.read(
                Sample.utf8("{\"model\":\"m\",\"instructions\":\"i\",\"input\":[{\"type\":\"reasoning\",\"summary\":["
                        + "{\"text\":\"t\"}]},{\"role\":\"assistant\",\"content\":[{\"type\":\"output_text\",\"text\":\"w\"}]},"
                        + "{\"type\":\"function_call\",\"call_id\":\"c\",\"name\":\"f\",\"arguments\":\"\"},"
                        + "{\"type\":\"function_call_output\",\"call_id\":\"c\",\"output\":\"o\"}]}"));
        assertThat(asked.turns())
                .containsExactly(
                        ChatMessage.words(ChatMessage.Role.SYSTEM, "i"),
                        new ChatMessage(
                                ChatMessage.Role.ASSISTANT,
                                List.of(
                                        new ChatMessage.Thoughts("t", null),
                                        new ChatMessage.Words("w"),
                                        new ChatMessage.Call("c", "f", "{}", null))),
                        new ChatMessage(ChatMessage.Role.TOOL, List.of(new ChatMessage.Result("c", "f", "o", false))));
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            delimiter = '|',
            value = {
                "{\"model\":\"m\",\"input\":[{\"type\":\"video\"}]} | input[0]: unknown input item type: video",
                "{\"model\":\"m\",\"input\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_file\"}]}]} | input[0]: content[0]: unknown content type: input_file",
                "{\"input\":\"x\"} | model is required"
            })
    void refusesInOllamasWords(String body, String text) {
        assertThatThrownBy(() -> ClientDialect.RESPONSES.read(Sample.utf8(body)))
                .hasMessage(text);
    }

    private static NeutralRequest asked(String request) throws InvalidRequest {
        return ClientDialect.RESPONSES.read(Sample.bytes(request + ".request.json"));
    }

    /** Names and data of the events, without times and ids; members in any order. */
    private static List<Object> events(String stream) {
        List<Object> events = new ArrayList<>();
        for (String event :
                Sample.steady(stream).replaceAll("\"fc_[^\"]*\"", "\"fc_N\"").split("\n\n", -1)) {
            if (!event.isEmpty()) {
                int data = event.indexOf("\ndata: ");
                JsonNode json = GoJsonObject.MAPPER.readTree(event.substring(data + 7));
                if (json.path("response") instanceof ObjectNode response
                        && response.path("completed_at").isNumber()) {
                    response.put("completed_at", 0);
                }
                events.add(event.substring(0, data));
                events.add(json);
            }
        }
        return events;
    }
}
