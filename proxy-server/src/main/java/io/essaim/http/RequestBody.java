package io.essaim.http;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/**
 * Gathers a request body into one array, so that it can be searched and sent again. The array grows with what really arrives, by
 * doubling, and is taken from a {@link BodyBudget}: a declared length takes nothing before a part of it came. Confined to its event loop.
 */
public final class RequestBody implements ChunkParser.Sink {
    private static final int FIRST = 16 * 1024;

    /**
     * Of a declared length, the part that must have come before there is room for all of it. Were there none until the end, several bodies could
     * each hold what the others wait for.
     */
    private static final int ENOUGH = 16;

    private final BodyBudget budget;
    private final int most;
    private final boolean chunked;
    private final ChunkParser chunks = new ChunkParser();
    private byte[] bytes = {};
    private int length;
    private boolean tooLarge;
    private boolean whole;
    private boolean waiting;

    /**
     * @param declared bytes, at most {@code limit}; -1 when chunked
     * @param limit bytes after which the body is refused
     */
    public RequestBody(BodyBudget budget, long declared, long limit) {
        this.budget = budget;
        this.chunked = declared < 0;
        this.most = (int) Math.min(chunked ? limit : declared, Integer.MAX_VALUE - 8);
    }

    /**
     * Takes what belongs to the body, as far as there is room for it.
     *
     * @param in its reader index moves; not released
     * @return whether all of it was taken; else this is to be called again when there may be room
     */
    public boolean take(ByteBuf in) throws BadMessage {
        // A chunk's size line and the like take no room, so this asks for a little more than is needed.
        int coming = Math.min(in.readableBytes(), most - length);
        boolean room = coming <= bytes.length - length || grow(length + coming);
        waits(!room);
        if (!room) {
            return false;
        }
        if (chunked) {
            whole = chunks.walk(in, this);
            if (tooLarge) {
                throw new BadMessage(413, "the body is larger than " + most + " bytes");
            }
        } else {
            in.readBytes(bytes, length, coming);
            length += coming;
            whole = length == most;
        }
        return true;
    }

    private void waits(boolean now) {
        if (now != waiting) {
            waiting = now;
            budget.waits(now);
        }
    }

    private boolean grow(int least) {
        boolean known = !chunked && least >= most / ENOUGH;
        int size = known ? most : (int) Math.min(most, Math.max(least, Math.max(FIRST, 2L * bytes.length)));
        if (!budget.take(size)) {
            return false;
        }
        byte[] before = bytes;
        bytes = Arrays.copyOf(before, size);
        budget.give(before.length);
        return true;
    }

    /** Whether it is complete. */
    public boolean whole() {
        return whole;
    }

    /** Bytes of the budget that it holds. */
    public int room() {
        return bytes.length;
    }

    public int received() {
        return length;
    }

    /** The body; the caller releases it. */
    public ByteBuf take() {
        if (length < bytes.length - bytes.length / 8
                && budget.take(length)) { // Kept for long, maybe: without the slack.
            byte[] before = bytes;
            bytes = Arrays.copyOf(before, length);
            budget.give(before.length);
        }
        return new BodyBudget.Held(budget, bytes, length);
    }

    public void release() {
        waits(false);
        budget.give(bytes.length);
        bytes = new byte[0];
    }

    @Override
    public void payload(ByteBuf in, int index, int size) {
        tooLarge |= length + (long) size > most;
        if (!tooLarge) {
            in.getBytes(index, bytes, length, size);
            length += size;
        }
    }

    @Override
    public void forward(ByteBuf in, int from, int to) {}

    @Override
    public void literal(byte[] ignored) {}
}
