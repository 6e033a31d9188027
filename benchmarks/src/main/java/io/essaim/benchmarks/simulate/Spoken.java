package io.essaim.benchmarks.simulate;

/**
 * What the clients of the simulation say: bytes that depend on the conversation alone, so that a next turn begins with all that
 * was said before.
 */
final class Spoken {
    private static final int BYTES_PER_TOKEN = 4;
    private static final int BYTES_BESIDES = 300;

    private Spoken() {}

    static byte[] text(Request request) {
        byte[] text = new byte[BYTES_PER_TOKEN * request.promptTokens];
        long state = request.conversation * 0x9E3779B97F4A7C15L;
        for (int i = 0; i < text.length; i++) {
            state = state * 6364136223846793005L + 1442695040888963407L;
            text[i] = (byte) (state >>> 56);
        }
        return text;
    }

    /** The conversation and what stands around it. */
    static long bodyBytes(Request request) {
        return BYTES_BESIDES + (long) BYTES_PER_TOKEN * request.promptTokens;
    }
}
