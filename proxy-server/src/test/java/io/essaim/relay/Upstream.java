package io.essaim.relay;

import io.essaim.testing.ScriptedBackend;
import io.essaim.testing.ScriptedBackend.Line;
import java.io.IOException;

/** What a backend of each dialect says when all is well, and when it refuses. */
enum Upstream {
    OLLAMA(
            "",
            "application/x-ndjson",
            "{\"model\":\"llama3.2\",\"message\":{\"role\":\"assistant\",\"content\":\"Bon\"},\"done\":false}\n",
            "{\"model\":\"llama3.2\",\"message\":{\"role\":\"assistant\",\"content\":\"jour\"},\"done\":true,\"done_reason\":\"stop\","
                    + "\"prompt_eval_count\":7,\"eval_count\":3}\n",
            "{\"error\":\"the input length exceeds the context length\"}",
            "{\"error\":\"the last message must be one of the user\"}"),
    OPENAI(
            "/v1",
            "text/event-stream",
            CloudScene.frame("{\"role\":\"assistant\",\"content\":\"Bon\"}", "null"),
            CloudScene.frame("{\"content\":\"jour\"}", "null") + CloudScene.LAST,
            "{\"error\":{\"message\":\"This model's maximum context length is 8192 tokens\",\"code\":\"context_length_exceeded\"}}",
            "{\"error\":{\"message\":\"Cannot continue from an assistant message\",\"type\":\"invalid_request_error\"}}"),
    ANTHROPIC(
            "",
            "text/event-stream",
            event(
                            "message_start",
                            "\"message\":{\"id\":\"m\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"g\","
                                    + "\"content\":[],\"usage\":{\"input_tokens\":7,\"output_tokens\":1}}")
                    + event("content_block_start", "\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}")
                    + event("content_block_delta", "\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"Bon\"}"),
            event("content_block_delta", "\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"jour\"}")
                    + event("content_block_stop", "\"index\":0")
                    + event(
                            "message_delta",
                            "\"delta\":{\"stop_reason\":\"end_turn\",\"stop_sequence\":null},"
                                    + "\"usage\":{\"output_tokens\":3}")
                    + "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
            "{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"message\":\"prompt is too long: 210000 tokens > 200000 maximum\"}}",
            "{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"message\":\"This model does not support assistant"
                    + " message prefill. The conversation must end with a user message.\"}}"),
    GEMINI(
            "/v1beta",
            "text/event-stream",
            "data: {\"candidates\":[{\"content\":{\"role\":\"model\",\"parts\":[{\"text\":\"Bon\"}]},\"index\":0}]}\r\n\r\n",
            "data: {\"candidates\":[{\"content\":{\"role\":\"model\",\"parts\":[{\"text\":\"jour\"}]},\"finishReason\":\"STOP\",\"index\":0}],"
                    + "\"usageMetadata\":{\"promptTokenCount\":7,\"candidatesTokenCount\":3,\"totalTokenCount\":10}}\r\n\r\n",
            "{\"error\":{\"code\":400,\"message\":\"The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).\","
                    + "\"status\":\"INVALID_ARGUMENT\"}}",
            "{\"error\":{\"code\":400,\"message\":\"Please ensure that the last turn is of the user.\",\"status\":\"INVALID_ARGUMENT\"}}");

    final String suffix;
    final String first;
    final String rest;
    final String tooLong;
    final String noPrefill;
    private final String type;

    Upstream(String suffix, String type, String first, String rest, String tooLong, String noPrefill) {
        this.suffix = suffix;
        this.type = type;
        this.first = first;
        this.rest = rest;
        this.tooLong = tooLong;
        this.noPrefill = noPrefill;
    }

    private static String event(String name, String members) {
        return "event: " + name + "\ndata: {\"type\":\"" + name + "\"," + members + "}\n\n";
    }

    boolean cloud() {
        return this != OLLAMA;
    }

    /** The field lines of a stream. */
    String head() {
        return "HTTP/1.1 200 OK\r\nContent-Type: " + type + "\r\nTransfer-Encoding: chunked\r\n\r\n";
    }

    /** "Bonjour", seven tokens read and three written. */
    void answers(Line line) throws IOException {
        begins(line);
        line.chunk(rest);
        line.send("0\r\n\r\n");
    }

    void begins(Line line) throws IOException {
        line.send(head());
        line.chunk(first);
    }

    ScriptedBackend plays(ScriptedBackend.Script script) {
        return ScriptedBackend.with("llama3.2:latest").plays(script);
    }
}
