package io.essaim.dialect;

/** Cuts a backend's answer into frames, whatever pieces it comes in, and holds at most {@link #LARGEST} bytes. */
sealed interface FrameSplitter permits SseFrames, NdjsonFrames, SingleFrame {
    /** Bytes of one frame: enough for an answer with a picture in it, too little to fill a small host's memory. */
    int LARGEST = 16 << 20;

    /** Gets the frames. */
    interface Sink {
        /** One frame; the array is valid for this call only. */
        void frame(byte[] in, int offset, int length) throws InvalidFrame;
    }

    void accept(byte[] in, int offset, int length, Sink sink) throws InvalidFrame;

    /** The answer is over: hands on what was not ended properly, if there is something. */
    void end(Sink sink) throws InvalidFrame;
}
