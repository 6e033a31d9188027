package io.essaim.dialect;

import java.util.function.LongSupplier;

/**
 * What the writer of an answer knows of the request.
 *
 * @param asked the request, with the model's name as the client wrote it
 * @param watch dates the frames and measures the durations of the last one
 * @param random for the ids of answers
 */
public record Answering(Asked asked, Stopwatch watch, LongSupplier random) {

    /** A number from 0 up to {@code bound}, which is not reached. */
    long below(long bound) {
        return Math.floorMod(random.getAsLong(), bound);
    }

    /** Twelve random bytes in hexadecimal. */
    String hex24() {
        return String.format("%016x%08x", random.getAsLong(), (int) random.getAsLong());
    }
}
