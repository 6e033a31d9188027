package io.essaim.relay;

import io.essaim.api.Operation;
import io.essaim.api.Surface;
import io.essaim.learn.Timings;
import io.netty.buffer.ByteBuf;

/**
 * The tap: looks at the payload of an answer in place and knows whether the answer is complete. It cannot change or delay
 * a byte. A stream is complete only when its terminal frame was seen; a framing that ends properly proves nothing, because
 * an Ollama whose runner died ends its /v1 streams properly too.
 */
sealed interface EndOfStream permits NdjsonEnd, SseEnd, EndOfStream.Whole {

    /** What the first frame of a stream is. */
    enum Opening {
        /** It has not come as a whole yet. */
        UNKNOWN,
        GOOD,
        ERROR
    }

    /** Looks at payload bytes; called in order, with pieces of any size. */
    void look(ByteBuf in, int index, int length);

    /** Whether the last frame so far was the terminal one. */
    boolean complete();

    /** Whether the backend itself said that it failed, in a frame of the stream. */
    boolean saidError();

    /** Whether the stream began well. Says the same however the stream was cut into reads. */
    Opening opening();

    /** Parts of the answer that came as a whole so far: about one a token where it is streamed, 0 where it is not. */
    int frames();

    /** What the backend said so far of how long it took; mostly at the end. */
    Timings timings();

    /** Whether the payload so far ends within a frame. */
    boolean midFrame();

    /** The tap for an answer of this media type to this operation. */
    static EndOfStream of(Operation operation, String mediaType) {
        if (operation.canStream()) {
            if (mediaType.equals("application/x-ndjson") && operation.surface() == Surface.NATIVE) {
                return new NdjsonEnd();
            }
            if (mediaType.equals("text/event-stream") && operation.surface() != Surface.NATIVE) {
                return new SseEnd(operation.surface());
            }
        }
        return new Whole(operation.surface() == Surface.NATIVE ? 1 : Integer.MAX_VALUE);
    }

    /** For answers that come as one document: complete when their framing is. */
    final class Whole implements EndOfStream {
        private final Figures figures = new Figures();
        private final FigureScan scan;

        /** @param deepest level of nesting at which the backend may say how long it took */
        Whole(int deepest) {
            this.scan = new FigureScan(figures, deepest, false);
        }

        @Override
        public void look(ByteBuf in, int index, int length) {
            in.forEachByte(index, length, scan);
        }

        @Override
        public int frames() {
            return 0;
        }

        @Override
        public Timings timings() {
            return figures.timings();
        }

        @Override
        public boolean complete() {
            return true;
        }

        @Override
        public boolean saidError() {
            return false;
        }

        @Override
        public Opening opening() {
            return Opening.UNKNOWN;
        }

        @Override
        public boolean midFrame() {
            return false;
        }
    }
}
