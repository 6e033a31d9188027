package io.essaim.relay;

/** What a client connection is busy with: a request that is not answered yet. Confined to its event loop. */
interface UnderWay {
    /** Begins; may be over when this returns. */
    void start();

    /** The client reads again, or stopped reading. */
    void writabilityChanged(boolean writable);

    /** The client is gone: nothing more may be written, nobody must work for it. */
    void cancel();

    /** The server must stop now: the client is told so in its own dialect, then let go. */
    void shutDown();
}
