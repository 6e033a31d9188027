package io.essaim.relay;

import io.essaim.api.Operation;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Where the frames of one kind of stream hold what the model says. */
enum FrameShape {
    /** Lines of {@code /api/chat}. */
    CHAT(false, "content", "thinking"),
    /** Lines of {@code /api/generate}. */
    GENERATE(false, "response", "thinking"),
    /** Events of {@code /v1/chat/completions}. */
    OPENAI(true, "content", "reasoning");

    private final boolean events;
    private final String words;
    private final String thoughts;

    FrameShape(boolean events, String words, String thoughts) {
        this.events = events;
        this.words = words;
        this.thoughts = thoughts;
    }

    /** The shape of an operation's stream; null for one of which no frame is looked into. */
    static @Nullable FrameShape of(Operation operation) {
        return switch (operation) {
            case CHAT -> CHAT;
            case GENERATE -> GENERATE;
            case V1_CHAT -> OPENAI;
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
        };
        return node instanceof ObjectNode object ? object : null;
    }

    /** Whether the frame says that the model has come to an end. */
    boolean ends(JsonNode frame) {
        return this == OPENAI
                ? frame.path("choices").path(0).path("finish_reason").isString()
                : frame.path("done").asBoolean(false);
    }
}
