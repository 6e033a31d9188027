package io.essaim.dialect;

import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What the writer of an answer knows of the request.
 *
 * @param asked the request, with the model's name as the client wrote it
 * @param watch dates the frames and measures the durations of the last one
 * @param random for the ids of answers
 * @param remote where the model runs; null when the client is not to be told
 */
public record AnswerContext(
        NeutralRequest asked,
        AnswerClock watch,
        LongSupplier random,
        @Nullable Remote remote) {
    /**
     * Where a model runs that is not the answering server's own.
     *
     * @param model its name there
     * @param host scheme, host and port
     */
    public record Remote(String model, String host) {}

    /** For a client that is not told where the model runs. */
    public AnswerContext(NeutralRequest asked, AnswerClock watch, LongSupplier random) {
        this(asked, watch, random, null);
    }

    /** A number from 0 up to {@code bound}, which is not reached. */
    long below(long bound) {
        return Math.floorMod(random.getAsLong(), bound);
    }

    /** Twelve random bytes in hexadecimal. */
    String hex24() {
        return String.format("%016x%08x", random.getAsLong(), (int) random.getAsLong());
    }
}
