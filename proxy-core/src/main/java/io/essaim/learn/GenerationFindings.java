package io.essaim.learn;

/**
 * What a finished generation showed besides its times.
 *
 * @param queuedSeconds that the request waited inside the backend behind others; 0 when that is not known
 * @param loaded whether the model had to be loaded, or waited for, more than half a second
 * @param cache what became of the prompt tokens that were believed to be cached
 */
public record GenerationFindings(double queuedSeconds, boolean loaded, Cache cache) {

    /** Nothing can be told. */
    public static final GenerationFindings NONE = new GenerationFindings(0, false, Cache.UNKNOWN);

    /** What the time to read a prompt says of the prompt cache. */
    public enum Cache {
        UNKNOWN,
        AS_BELIEVED,
        /** More of the prompt was cached than believed. */
        MORE,
        /** What was believed to be cached is not; the affinity should forget it. */
        MISSED
    }
}
