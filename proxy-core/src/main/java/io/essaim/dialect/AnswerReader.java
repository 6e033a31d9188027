package io.essaim.dialect;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Reads a backend's good answer (status 200) into events, from pieces of any size: the same bytes give the same events
 * however they are cut. Never throws because of what the backend sent: that is a {@link StreamEvent.Failed}. Nothing comes
 * after {@link StreamEvent.Finish} or Failed. Not for several threads.
 */
public final class AnswerReader {
    private static final byte[] DONE = "[DONE]".getBytes(StandardCharsets.US_ASCII);

    private final FrameSplitter frames;
    private final FrameDecoder meaning;
    private final EventAssembler assembly;
    private final JsonTokens tokens = new JsonTokens();
    private final FrameSplitter.Sink sink = this::frame;
    private byte[] scratch = new byte[0];

    AnswerReader(FrameSplitter frames, FrameDecoder meaning, LongSupplier random) {
        this.frames = frames;
        this.meaning = meaning;
        this.assembly = new EventAssembler(random);
    }

    /** Takes bytes of the answer and hands on the events they complete. */
    public void accept(byte[] in, int offset, int length, Consumer<StreamEvent> out) {
        if (assembly.isOver()) {
            return;
        }
        assembly.to(out);
        try {
            frames.accept(in, offset, length, sink);
        } catch (InvalidFrame e) {
            assembly.fail(ProviderError.malformed(e.text()));
        }
    }

    /** Takes all that remains in {@code in}. */
    public void accept(ByteBuffer in, Consumer<StreamEvent> out) {
        if (in.hasArray()) {
            accept(in.array(), in.arrayOffset() + in.position(), in.remaining(), out);
            in.position(in.limit());
        } else {
            int length = in.remaining();
            if (scratch.length < length) {
                scratch = new byte[length];
            }
            in.get(scratch, 0, length);
            accept(scratch, 0, length, out);
        }
    }

    /** The answer's bytes are over: if its last word has not come, the reason it gave decides whether it is whole. */
    public void end(Consumer<StreamEvent> out) {
        if (assembly.isOver()) {
            return;
        }
        assembly.to(out);
        try {
            frames.end(sink);
            assembly.end();
        } catch (InvalidFrame e) {
            assembly.fail(ProviderError.malformed(e.text()));
        }
    }

    private void frame(byte[] in, int offset, int length) throws InvalidFrame {
        if (assembly.isOver()) {
            return;
        }
        if (length == DONE.length && Arrays.equals(in, offset, offset + length, DONE, 0, length)) {
            assembly.end();
            return;
        }
        tokens.open(in, offset, length);
        meaning.read(tokens, assembly);
        tokens.close();
    }
}
