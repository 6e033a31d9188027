package io.essaim.stream;

import io.essaim.api.Failure;
import io.essaim.api.Failure.Kind;
import io.essaim.api.Operation;
import io.essaim.api.Surface;
import io.essaim.learn.ReportedTimings;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Looks at the payload of an answer in place and decides whether the answer is complete. It cannot change or delay a
 * byte. A stream is complete only when its terminal frame was seen. A framing that ends properly proves nothing,
 * because an Ollama whose runner died ends its /v1 streams properly.
 */
public sealed interface AnswerTap permits NdjsonTap, SseTap, AnswerTap.Whole {

    /** What the first frame of a stream is. */
    enum Opening {
        /** It has not come as a whole yet. */
        UNKNOWN,
        GOOD,
        ERROR,
        /** It is nothing that the operation is answered with. */
        WRONG
    }

    /** Looks at payload bytes; called in order, with pieces of any size. */
    void look(ByteBuf in, int index, int length);

    /** Whether the last frame so far was the terminal one. */
    boolean complete();

    /** Why the answer is not complete, now that nothing more comes. */
    default Failure lack() {
        return new Failure(Kind.INCOMPLETE, "it ended the stream without finishing it");
    }

    /** Whether the backend itself said that it failed, in a frame of the stream. */
    boolean saidError();

    /** Whether the stream began well. Says the same however the stream was cut into reads. */
    Opening opening();

    /** Parts of the answer that came as a whole so far: about one a token where it is streamed, 0 where it is not. */
    int frames();

    /** What the backend said so far of how long it took; mostly at the end. */
    ReportedTimings timings();

    /** Whether the payload so far ends within a frame. */
    boolean midFrame();

    /** The tap for a good answer of this media type to this operation. */
    static AnswerTap of(Operation operation, String mediaType) {
        if (operation.canStream()) {
            if (mediaType.equals(ExpectedAnswer.LINES) && operation.surface() == Surface.NATIVE) {
                return new NdjsonTap();
            }
            if (mediaType.equals(ExpectedAnswer.EVENTS) && operation.surface() != Surface.NATIVE) {
                return new SseTap(operation.surface());
            }
        }
        int deepest = operation.surface() == Surface.NATIVE ? 1 : Integer.MAX_VALUE;
        return new Whole(deepest, new ObjectScan(ExpectedAnswer.ofWhole(operation)));
    }

    /** For answers that come as one document. */
    final class Whole implements AnswerTap {
        private final TimingFields figures = new TimingFields();
        private final TimingScan scan;
        private final @Nullable ObjectScan object;

        /** For what may be anything, such as an error: complete when its framing is. */
        public Whole() {
            this(0, null);
        }

        /**
         * @param deepest level of nesting at which the backend may say how long it took
         * @param object what the document has to be; null for anything
         */
        private Whole(int deepest, @Nullable ObjectScan object) {
            this.scan = new TimingScan(figures, deepest, false);
            this.object = object;
        }

        @Override
        public void look(ByteBuf in, int index, int length) {
            in.forEachByte(index, length, scan);
            if (object != null) {
                in.forEachByte(index, length, object);
            }
        }

        @Override
        public int frames() {
            return 0;
        }

        @Override
        public ReportedTimings timings() {
            return figures.timings();
        }

        @Override
        public boolean complete() {
            return object == null || object.whole() && object.found();
        }

        @Override
        public Failure lack() {
            if (object == null || object.broken()) {
                return new Failure(Kind.MALFORMED, "its answer is not one JSON object");
            }
            if (!object.whole()) {
                return new Failure(
                        Kind.INCOMPLETE, object.blank() ? "its answer is empty" : "its answer ends within its JSON");
            }
            return object.saysError()
                    ? new Failure(Kind.SERVER_ERROR, "it answered 200 with an error")
                    : new Failure(Kind.MALFORMED, "its JSON is no answer to what was asked");
        }

        @Override
        public boolean saidError() {
            return false;
        }

        @Override
        public Opening opening() {
            return object != null && object.broken() ? Opening.WRONG : Opening.UNKNOWN;
        }

        @Override
        public boolean midFrame() {
            return false;
        }
    }
}
