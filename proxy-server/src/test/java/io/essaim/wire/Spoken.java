package io.essaim.wire;

import io.essaim.testing.ScriptedBackend;
import io.essaim.testing.ScriptedBackend.Script;
import java.io.IOException;
import java.util.Locale;

/** What a backend of each dialect says: a good stream in pieces, and its ways of refusing. */
public enum Spoken {
    OLLAMA(
            FailoverTest.HEAD,
            "{\"model\":\"llama3.2\",\"message\":{\"role\":\"assistant\",\"content\":\"Bon\"},\"done\":false}\n",
            "{\"model\":\"llama3.2\",\"message\":{\"role\":\"assistant\",\"content\":\"jour\"},\"done\":false}\n",
            "{\"model\":\"llama3.2\",\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done\":true,"
                    + "\"done_reason\":\"stop\",\"prompt_eval_count\":7,\"eval_count\":3}\n",
            "{\"error\":\"%s\"}"),
    OPENAI(
            CloudScene.HEAD,
            CloudScene.FIRST,
            CloudScene.frame("{\"content\":\"jour\"}", "null"),
            CloudScene.LAST,
            "{\"error\":{\"message\":\"%s\",\"type\":\"some_error\",\"code\":null}}"),
    ANTHROPIC(
            CloudScene.HEAD,
            event("message_start", "\"message\":{\"id\":\"m\",\"role\":\"assistant\",\"content\":[]}")
                    + event("content_block_start", "\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}")
                    + text("Bon"),
            text("jour"),
            event("content_block_stop", "\"index\":0")
                    + event(
                            "message_delta",
                            "\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"input_tokens\":7,\"output_tokens\":3}")
                    + event("message_stop", "\"x\":0"),
            "{\"type\":\"error\",\"error\":{\"type\":\"some_error\",\"message\":\"%s\"}}"),
    GEMINI(
            CloudScene.HEAD,
            part("Bon", ""),
            part("jour", ""),
            part("", ",\"finishReason\":\"STOP\"")
                    .replace("]}\n", "],\"usageMetadata\":{\"promptTokenCount\":7,\"candidatesTokenCount\":3}}\n"),
            "[{\"error\":{\"code\":0,\"message\":\"%s\",\"status\":\"SOME_ERROR\"}}]");

    public final String head;
    public final String first;
    final String second;
    /** Usage of 7 and 3 tokens, the reason, and the terminal frame. */
    final String last;

    private final String fault;

    Spoken(String head, String first, String second, String last, String fault) {
        this.head = head;
        this.first = first;
        this.second = second;
        this.last = last;
        this.fault = fault;
    }

    private static String event(String type, String members) {
        return "event: " + type + "\ndata: {\"type\":\"" + type + "\"," + members + "}\n\n";
    }

    private static String text(String words) {
        return event(
                "content_block_delta", "\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"" + words + "\"}");
    }

    private static String part(String words, String reason) {
        return "data: {\"candidates\":[{\"index\":0,\"content\":{\"role\":\"model\",\"parts\":[{\"text\":\"" + words
                + "\"}]}" + reason + "}]}\n\n";
    }

    boolean isCloud() {
        return this != OLLAMA;
    }

    public String rule() {
        return name().toLowerCase(Locale.ROOT);
    }

    public void good(ScriptedBackend.Line line) throws IOException {
        stream(line, first, second, last);
    }

    /** A stream of these frames that ends properly, whatever they say. */
    public void stream(ScriptedBackend.Line line, String... frames) throws IOException {
        line.send(head);
        for (String frame : frames) {
            line.chunk(frame);
        }
        line.send("0\r\n\r\n");
    }

    /** An error answer in the dialect's envelope; each of {@code fields} with its CRLF. */
    public Script refusing(String status, String fields, String message) {
        return FailoverTest.answering(status, fields, fault.formatted(message));
    }

    /** The last frames of a good stream without what they say about tokens. */
    String lastWithoutUsage() {
        return switch (this) {
            case OLLAMA -> last.replace(",\"prompt_eval_count\":7,\"eval_count\":3", "");
            case OPENAI -> CloudScene.frame("{}", "\"stop\"") + "data: [DONE]\n\n";
            case ANTHROPIC -> last.replace(",\"usage\":{\"input_tokens\":7,\"output_tokens\":3}", "");
            case GEMINI -> last.replace(",\"usageMetadata\":{\"promptTokenCount\":7,\"candidatesTokenCount\":3}", "");
        };
    }

    /** What it answers to a prompt that is too long. */
    public String tooLong() {
        return switch (this) {
            case OLLAMA -> "the input length exceeds the context length";
            case OPENAI -> "This model's maximum context length is 8192 tokens. However, you requested 9000 tokens";
            case ANTHROPIC -> "prompt is too long: 210000 tokens > 200000 maximum";
            case GEMINI -> "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).";
        };
    }

    /** What it answers to a request whose last message is the assistant's. */
    public String noPrefill() {
        return switch (this) {
            case OLLAMA -> "the last message must be the user's";
            case OPENAI ->
                "Expected last role User or Tool (or Assistant with prefix True) for serving but got assistant";
            case ANTHROPIC ->
                "This model does not support assistant message prefill. The conversation must end with a user message.";
            case GEMINI -> "Please ensure that multiturn requests end with a user role or a function response.";
        };
    }
}
