package io.essaim.recovery;

import io.essaim.api.Operation;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The place of words, thoughts and calls in the frames of one kind of stream. */
enum FrameFormat {
    /** Lines of {@code /api/chat}. */
    CHAT(false, "content", "thinking"),
    /** Lines of {@code /api/generate}. */
    GENERATE(false, "response", "thinking"),
    /** Events of {@code /v1/chat/completions}. */
    OPENAI(true, "content", "reasoning"),
    /** Events of {@code /v1/messages}, each with its name. Thoughts are blocks of their own there: see {@link Frame#calls}. */
    MESSAGES(true, "text", "thinking");

    private final boolean events;
    private final String words;
    private final String thoughts;

    FrameFormat(boolean events, String words, String thoughts) {
        this.events = events;
        this.words = words;
        this.thoughts = thoughts;
    }

    /** The shape of an operation's stream; null for one of which no frame is looked into. */
    static @Nullable FrameFormat of(Operation operation) {
        return switch (operation) {
            case CHAT -> CHAT;
            case GENERATE -> GENERATE;
            case V1_CHAT -> OPENAI;
            case V1_MESSAGES -> MESSAGES;
            default -> null;
        };
    }

    /** Whether a frame is an event, which ends with a blank line; else it is a line. */
    boolean events() {
        return events;
    }

    /** The key of the text, in an answer and in a message of a request alike. */
    String words() {
        return words;
    }

    /** The key of what was thought. */
    String thoughts() {
        return thoughts;
    }

    /** The object that holds them; null when the frame has none. */
    @Nullable
    ObjectNode holder(JsonNode frame) {
        JsonNode node = switch (this) {
            case CHAT -> frame.path("message");
            case GENERATE -> frame;
            case OPENAI -> frame.path("choices").path(0).path("delta");
            case MESSAGES -> says(frame) ? frame.path("delta") : frame.path("none");
        };
        return node instanceof ObjectNode object ? object : null;
    }

    /** Of {@link #MESSAGES}: whether it is a piece of text. */
    private static boolean says(JsonNode frame) {
        return frame.path("delta").path("type").asString("").equals("text_delta");
    }

    /** Whether the frame says that the model has come to an end. */
    boolean ends(JsonNode frame) {
        return switch (this) {
            case OPENAI -> frame.path("choices").path(0).path("finish_reason").isString();
            case MESSAGES -> frame.path("delta").path("stop_reason").isString();
            case CHAT, GENERATE -> frame.path("done").asBoolean(false);
        };
    }

    /** Whether it holds what is neither text nor a thought beside it. */
    boolean calls(JsonNode frame) {
        if (this != MESSAGES) {
            ObjectNode holder = holder(frame);
            return holder != null && !holder.path("tool_calls").isEmpty();
        }
        return switch (type(frame)) {
            case "content_block_start" ->
                !frame.path("content_block").path("type").asString("").equals("text");
            case "content_block_delta" -> !says(frame);
            default -> false;
        };
    }

    /** The name of an event of {@link #MESSAGES}; empty for other shapes. */
    String type(JsonNode frame) {
        return this == MESSAGES ? frame.path("type").asString("") : "";
    }
}
