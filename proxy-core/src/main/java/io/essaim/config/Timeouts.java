package io.essaim.config;

import java.time.Duration;

/**
 * How long to wait. Each is 1 ms to 24 h; only {@code heartbeat} and {@code drain} may be zero.
 *
 * @param connect for a connection to a backend; default 1 s
 * @param firstToken from the request sent to the first byte of a streamed answer; default 120 s
 * @param whole from the request sent to the first byte of an answer that is not streamed; default 600 s
 * @param idle between bytes of a stream; default 60 s
 * @param clientWrite without progress while a client reads too slowly; default 60 s
 * @param bodyIdle without progress while a client sends the body of a request; default 10 s
 * @param heartbeat without a word to a client that waits for a stream to begin, before it gets a sign of life; zero for no
 *     signs; default 15 s
 * @param drain for requests under way at shutdown; default 600 s
 */
public record Timeouts(
        Duration connect,
        Duration firstToken,
        Duration whole,
        Duration idle,
        Duration clientWrite,
        Duration bodyIdle,
        Duration heartbeat,
        Duration drain) {
    /** What holds where the rules say nothing. */
    public static final Timeouts DEFAULTS = new Timeouts(
            Duration.ofSeconds(1),
            Duration.ofSeconds(120),
            Duration.ofSeconds(600),
            Duration.ofSeconds(60),
            Duration.ofSeconds(60),
            Duration.ofSeconds(10),
            Duration.ofSeconds(15),
            Duration.ofSeconds(600));
}
