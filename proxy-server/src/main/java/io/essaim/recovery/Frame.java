package io.essaim.recovery;

import io.essaim.api.Json;
import io.essaim.stream.ByteArrays;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * One frame of a stream, and what it adds to the answer.
 *
 * @param bytes as it came, with the line break or blank line at its end
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Frame(FrameFormat shape, byte[] bytes, @Nullable JsonNode tree) {
    private static final JsonMapper JSON = new JsonMapper();
    private static final String DONE = "[DONE]";

    /** Reads a frame; null when it is none that the shape has. */
    static @Nullable Frame read(FrameFormat shape, byte[] bytes) {
        String text = new String(bytes, StandardCharsets.UTF_8).strip();
        boolean silent = text.isEmpty();
        if (shape.events() && !silent) {
            // An answer of Ollama's is one line of data; a comment says nothing.
            silent = text.startsWith(":");
            if (shape == FrameFormat.MESSAGES && text.startsWith("event:")) {
                text = text.substring(text.indexOf('\n') + 1);
            }
            if (!silent && (!text.startsWith("data:") || text.indexOf('\n') >= 0)) {
                return null;
            }
            text = silent ? "" : text.substring("data:".length()).strip();
            silent |= text.equals(DONE);
        }
        try {
            JsonNode tree = silent ? null : JSON.readTree(text);
            return tree == null || tree.isObject() ? new Frame(shape, bytes, tree) : null;
        } catch (JacksonException e) {
            return null;
        }
    }

    private @Nullable ObjectNode holder() {
        return tree == null ? null : shape.holder(tree);
    }

    /** The text in it; empty for none. */
    String words() {
        ObjectNode holder = holder();
        return holder == null ? "" : holder.path(shape.words()).asString("");
    }

    /** What was thought in it; empty for none. */
    String thoughts() {
        ObjectNode holder = holder();
        return holder == null ? "" : holder.path(shape.thoughts()).asString("");
    }

    /** Whether it calls a tool, or holds something else that a prefill cannot. */
    boolean calls() {
        return tree != null && shape.calls(tree);
    }

    /** The event's name, where events have some; else empty. */
    String type() {
        return tree == null ? "" : shape.type(tree);
    }

    /** The backend's own words for what went wrong; null when it is no error. */
    @Nullable
    String error() {
        JsonNode error = tree == null ? null : tree.get("error");
        return error == null || error.isNull()
                ? null
                : error.path("message").asString(error.asString("it ended its stream with an error"));
    }

    /** Whether the model has come to its end. */
    boolean ends() {
        return tree != null && shape.ends(tree);
    }

    /** Whether nothing can come behind it. */
    boolean last() {
        if (shape == FrameFormat.MESSAGES) {
            return type().equals("message_stop");
        }
        return shape.events() ? tree == null && new String(bytes, StandardCharsets.UTF_8).contains(DONE) : ends();
    }

    /** The frame with other words in the place of its own, which it must have. */
    Frame with(String words) {
        JsonNode copy = tree == null ? null : tree.deepCopy();
        ObjectNode holder = copy == null ? null : shape.holder(copy);
        if (copy == null || holder == null) {
            return this;
        }
        holder.put(shape.words(), words);
        StringBuilder text = new StringBuilder(bytes.length)
                .append(type().isEmpty() ? "" : "event: " + type() + "\n")
                .append(shape.events() ? "data: " : "");
        Json.write(copy, text);
        text.append(shape.events() ? "\n\n" : "\n");
        return new Frame(shape, text.toString().getBytes(StandardCharsets.UTF_8), copy);
    }

    /**
     * The last frame with a word of ours in it: nothing else of it is changed.
     *
     * @param times how often the answer was continued by another backend
     */
    byte[] marked(int times) {
        String mark = "\"essaim\":{\"rescued\":" + times + "}";
        if (shape.events()) {
            return ByteArrays.join(": {" + mark + "}\n\n", bytes);
        }
        String text = new String(bytes, StandardCharsets.UTF_8);
        int at = text.lastIndexOf('}');
        return (text.substring(0, at) + "," + mark + text.substring(at)).getBytes(StandardCharsets.UTF_8);
    }
}
