package io.essaim.dialect;

/** What the frames of a backend's dialect mean. One per answer: it may remember. */
interface FrameDecoder {
    /**
     * Reads one frame.
     *
     * @param in at the first token; left at the last
     * @param answer told what the frame says
     */
    void read(JsonTokens in, EventAssembler answer) throws InvalidFrame;
}
