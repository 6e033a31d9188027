package io.essaim.dialect;

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
    public record Words(String text) implements Part {}

    /**
     * What the model thought.
     *
     * @param signature the backend's proof that it was its own thought, null if it gave none
     */
    public record Thoughts(String text, @Nullable String signature) implements Part {}

    /**
     * A picture.
     *
     * @param mediaType such as {@code image/png}
     * @param base64 its bytes in base64, without a prefix
     */
    public record Picture(String mediaType, String base64) implements Part {}

    /**
     * A call of a tool.
     *
     * @param id empty until {@link Asked} gave it one
     * @param arguments the text of a JSON object
     * @param signature the backend's proof, as Gemini wants it back; null if there is none
     */
    public record Call(
            String id,
            String name,
            String arguments,
            @Nullable String signature) implements Part {}

    /**
     * What a tool answered.
     *
     * @param id of the call; empty until {@link Asked} matched it
     * @param name of the tool, empty when unknown
     * @param failed whether the tool reported an error
     */
    public record Result(String id, String name, String text, boolean failed) implements Part {}

    static Turn words(Role role, String text) {
        return new Turn(role, List.of(new Words(text)));
    }

    /** All words, one after the other, with {@code separator} between pieces. */
    String text(String separator) {
        StringBuilder all = new StringBuilder();
        boolean first = true;
        for (Part part : parts) {
            if (part instanceof Words words) {
                all.append(first ? "" : separator).append(words.text());
                first = false;
            }
        }
        return all.toString();
    }

    /** All pictures, in order. */
    public List<Picture> pictures() {
        return all(Picture.class);
    }

    /** All parts of one kind, in order. */
    <P extends Part> List<P> all(Class<P> kind) {
        return parts.stream().filter(kind::isInstance).map(kind::cast).toList();
    }
}
