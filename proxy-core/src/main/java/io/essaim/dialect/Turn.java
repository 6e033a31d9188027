package io.essaim.dialect;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One message of a conversation. */
public record Turn(Role role, List<Part> parts) {

    public Turn {
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
    public record Words(Text said) implements Part {
        Words(String text) {
            this(Text.of(text));
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
    public record Thoughts(Text said, @Nullable Text signature) implements Part {
        Thoughts(String text, @Nullable String signature) {
            this(Text.of(text), signature == null ? null : Text.of(signature));
        }
    }

    /**
     * A picture.
     *
     * @param mediaType such as {@code image/png}
     * @param base64 its bytes in base64, without a prefix
     */
    public record Picture(String mediaType, Text base64) implements Part {
        Picture(String mediaType, String base64) {
            this(mediaType, Text.of(base64));
        }
    }

    /**
     * A call of a tool.
     *
     * @param id empty until {@link Asked} gave it one
     * @param input its arguments, a JSON object
     * @param signature the backend's proof, as Gemini wants it back; null if there is none
     */
    public record Call(
            String id, String name, RawJson input, @Nullable Text signature) implements Part {
        Call(String id, String name, String arguments, @Nullable String signature) {
            this(id, name, RawJson.of(arguments), signature == null ? null : Text.of(signature));
        }

        String arguments() {
            return input.toString();
        }
    }

    /**
     * What a tool answered.
     *
     * @param id of the call; empty until {@link Asked} matched it
     * @param name of the tool, empty when unknown
     * @param failed whether the tool reported an error
     */
    public record Result(String id, String name, Text said, boolean failed) implements Part {
        Result(String id, String name, String text, boolean failed) {
            this(id, name, Text.of(text), failed);
        }
    }

    static Turn words(Role role, String text) {
        return new Turn(role, List.of(new Words(text)));
    }

    /** All words, a line each. */
    Text lines() {
        return Text.lines(all(Words.class).stream().map(Words::said).toList());
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
