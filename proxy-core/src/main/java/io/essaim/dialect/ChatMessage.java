package io.essaim.dialect;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One message of a conversation. */
public record ChatMessage(Role role, List<Part> parts) {

    public ChatMessage {
        parts = List.copyOf(parts);
    }

    /** Who speaks. Results of tools are said by {@link #TOOL}, whatever the dialect calls it. */
    public enum Role {
        SYSTEM,
        USER,
        ASSISTANT,
        TOOL
    }

    /** A piece of a message. */
    public sealed interface Part {}

    /** Words. */
    public record Words(JsonText said) implements Part {
        Words(String text) {
            this(JsonText.of(text));
        }

        String text() {
            return said.toString();
        }
    }

    /**
     * What the model thought.
     *
     * @param signature the backend's proof that it was its own thought, null if it gave none
     */
    public record Thoughts(JsonText said, @Nullable JsonText signature) implements Part {
        Thoughts(String text, @Nullable String signature) {
            this(JsonText.of(text), signature == null ? null : JsonText.of(signature));
        }
    }

    /**
     * A picture.
     *
     * @param mediaType such as {@code image/png}
     * @param base64 its bytes in base64, without a prefix
     */
    public record Picture(String mediaType, JsonText base64) implements Part {
        Picture(String mediaType, String base64) {
            this(mediaType, JsonText.of(base64));
        }
    }

    /**
     * A call of a tool.
     *
     * @param id empty until {@link NeutralRequest} gave it one
     * @param input its arguments, a JSON object
     * @param signature the backend's proof, as Gemini wants it back; null if there is none
     */
    public record Call(
            String id, String name, RawJson input, @Nullable JsonText signature) implements Part {
        Call(String id, String name, String arguments, @Nullable String signature) {
            this(id, name, RawJson.of(arguments), signature == null ? null : JsonText.of(signature));
        }

        String arguments() {
            return input.toString();
        }
    }

    /**
     * What a tool answered.
     *
     * @param id of the call; empty until {@link NeutralRequest} matched it
     * @param name of the tool, empty when unknown
     * @param failed whether the tool reported an error
     */
    public record Result(String id, String name, JsonText said, boolean failed) implements Part {
        Result(String id, String name, String text, boolean failed) {
            this(id, name, JsonText.of(text), failed);
        }
    }

    static ChatMessage words(Role role, String text) {
        return new ChatMessage(role, List.of(new Words(text)));
    }

    /** All words, a line each. */
    JsonText lines() {
        return JsonText.lines(all(Words.class).stream().map(Words::said).toList());
    }

    /** All parts of one kind, in order. */
    <P extends Part> List<P> all(Class<P> kind) {
        List<P> some = new ArrayList<>(parts.size());
        for (Part part : parts) {
            if (kind.isInstance(part)) {
                some.add(kind.cast(part));
            }
        }
        return some;
    }

    boolean has(Class<? extends Part> kind) {
        for (Part part : parts) {
            if (kind.isInstance(part)) {
                return true;
            }
        }
        return false;
    }
}
