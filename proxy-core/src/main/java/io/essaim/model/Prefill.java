package io.essaim.model;

import io.essaim.api.Operation;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where a request can be told the beginning of its own answer, so that the model goes on from there: an Ollama continues the
 * last message of a chat when it is the assistant's, and a raw prompt as it stands.
 *
 * @param place what stands there
 * @param at offset in the body at which it comes in
 * @param limits bounds of the answer's length, to be made less by what was written already
 */
public record Prefill(Place place, int at, List<Limit> limits) {
    public Prefill {
        limits = List.copyOf(limits);
    }

    /** What is put in. */
    public enum Place {
        /** A further element of {@code messages}, behind the last one. */
        MESSAGE,
        /** More text within a JSON string, before its closing quote: the raw prompt, or what the client itself began the answer with. */
        TEXT
    }

    /**
     * A bound of the answer's length.
     *
     * @param at its value
     * @param tokens the value, at least 1
     */
    public record Limit(ByteSpan at, long tokens) {}

    /**
     * Looks for the place.
     *
     * @param body holds a body that {@link BodyScan} took; not changed, not kept
     * @param offset where the body starts, at least 0
     * @param length its length in bytes
     * @param operation what is asked
     * @return null when the answer cannot be continued: its form is bound from the first byte on ({@code format}), the prompt is
     *     not the client's own text (generate without {@code raw}), or a key that decides could be read in two ways
     */
    public static @Nullable Prefill find(byte[] body, int offset, int length, Operation operation) {
        try {
            return new PrefillScan(body, offset, operation).scan(offset + length);
        } catch (InvalidBody e) {
            return null;
        }
    }
}
