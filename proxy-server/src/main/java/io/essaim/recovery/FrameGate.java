package io.essaim.recovery;

import io.essaim.api.Failure;
import io.essaim.api.Failure.Kind;
import io.essaim.stream.ModelNameRewriter;
import io.essaim.stream.PayloadFilter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Lets an answer that may be rescued pass frame by frame. A cut frame, or an error of the backend, has then not
 * reached the client when another backend goes on. Whole frames pass as they came. A client cannot read half a frame,
 * so it gets nothing later than otherwise. {@link StreamRescue} is told what passes.
 *
 * <p>Of an answer that continues another one, the first frames wait until the {@link OverlapTrimmer} has decided.
 *
 * <p>One per answer, one event loop.
 */
final class FrameGate implements PayloadFilter {
    private static final int LONGEST_FRAME = 1 << 20;
    private static final int MOST_WAITING = 1024;

    private final FrameFormat shape;
    private final StreamRescue rescue;
    private final @Nullable ModelNameRewriter echo;
    private final List<Frame> waiting = new ArrayList<>(0);
    private byte[] partial = new byte[512];
    private int length;
    private @Nullable OverlapTrimmer seam;
    private @Nullable Failure fault;
    private boolean open;
    private int times;

    /** @param echo what else changes the payload; null for nothing */
    FrameGate(FrameFormat shape, StreamRescue rescue, @Nullable ModelNameRewriter echo) {
        this.shape = shape;
        this.rescue = rescue;
        this.echo = echo;
    }

    /**
     * This answer goes on where another broke off.
     *
     * @param here where that is
     * @param which the number of this continuation, from 1
     */
    FrameGate goingOn(OverlapTrimmer here, int which) {
        seam = here;
        times = which;
        return this;
    }

    @Override
    public List<ByteBuf> pass(ByteBuf in, int index, int count) {
        List<ByteBuf> out = new ArrayList<>(2);
        int from = index;
        int end = index + count;
        while (from < end && fault == null && !open) {
            int newline = in.indexOf(from, end, (byte) '\n');
            int to = newline < 0 ? end : newline + 1;
            keep(in, from, to);
            from = to;
            if (newline >= 0 && frameEnds()) {
                frame(out);
            } else if (length > LONGEST_FRAME) {
                open(out);
            }
        }
        if (open && from < end) {
            pass(in.retainedSlice(from, end - from), out);
        }
        return out;
    }

    @Override
    public List<ByteBuf> rest() {
        List<ByteBuf> out = new ArrayList<>(2);
        if (length > 0 && fault == null) {
            frame(out);
        }
        return out;
    }

    @Override
    public @Nullable Failure fault() {
        return fault;
    }

    @Override
    public boolean betweenFrames() {
        return !open;
    }

    private void keep(ByteBuf in, int from, int to) {
        int more = to - from;
        if (partial.length - length < more) {
            partial = Arrays.copyOf(partial, Math.max(2 * partial.length, length + more));
        }
        in.getBytes(from, partial, length, more);
        length += more;
    }

    /** A line broke. Whether that ends a frame: a line is one, an event goes on to a blank line. */
    private boolean frameEnds() {
        int before = length - 2;
        if (before >= 0 && partial[before] == '\r') {
            before--;
        }
        return !shape.events() || before < 0 || partial[before] == '\n';
    }

    private void frame(List<ByteBuf> out) {
        byte[] bytes = Arrays.copyOf(partial, length);
        Frame frame = Frame.read(shape, bytes);
        if (frame == null) {
            open(out);
            return;
        }
        length = 0;
        if (times > 0 && frame.calls() && shape == FrameFormat.MESSAGES) {
            fault = new Failure(Kind.INTERNAL, "it began a block that is no text instead of going on");
            return;
        }
        if (times > 0 && rescue.hasRead(frame.type())) {
            return;
        }
        String error = frame.error();
        if (error != null && rescue.possible()) {
            rescue.said(error);
            fault = new Failure(Kind.SERVER_ERROR, "it ended its stream with an error");
        } else if (seam == null) {
            let(frame, out);
        } else {
            waiting.add(frame);
            boolean enough = frame.ends() || frame.calls() || error != null || waiting.size() == MOST_WAITING;
            OverlapTrimmer.Verdict verdict = seam.more(frame.words());
            settle(seam, enough && verdict == OverlapTrimmer.Verdict.UNDECIDED ? seam.end() : verdict, out);
        }
    }

    /** What cannot be read passes as it comes, and nobody can go on from there. */
    private void open(List<ByteBuf> out) {
        OverlapTrimmer here = seam;
        if (here != null) {
            settle(here, here.end(), out);
        }
        if (fault == null) {
            open = true;
            rescue.lose();
            pass(Unpooled.wrappedBuffer(Arrays.copyOf(partial, length)), out);
            length = 0;
        }
    }

    private void settle(OverlapTrimmer here, OverlapTrimmer.Verdict verdict, List<ByteBuf> out) {
        if (verdict == OverlapTrimmer.Verdict.ANOTHER) {
            fault = new Failure(Kind.INTERNAL, "it began the answer anew instead of going on");
        }
        if (verdict != OverlapTrimmer.Verdict.JOINED) {
            return;
        }
        seam = null;
        int repeated = here.repeated();
        for (Frame frame : waiting) {
            String words = frame.words();
            int gone = Math.min(repeated, words.length());
            repeated -= gone;
            boolean empty = gone > 0 && gone == words.length();
            if (!empty || frame.ends() || frame.calls() || !frame.thoughts().isEmpty()) {
                let(gone == 0 ? frame : frame.with(words.substring(gone)), out);
            }
        }
        waiting.clear();
    }

    private void let(Frame frame, List<ByteBuf> out) {
        rescue.passed(frame);
        pass(Unpooled.wrappedBuffer(times > 0 && frame.last() ? frame.marked(times) : frame.bytes()), out);
    }

    /** @param piece taken over */
    private void pass(ByteBuf piece, List<ByteBuf> out) {
        if (echo == null) {
            out.add(piece);
        } else {
            out.addAll(echo.pass(piece, piece.readerIndex(), piece.readableBytes()));
            piece.release();
        }
    }
}
