package io.essaim.relay;

import io.essaim.http.BadMessage;
import io.essaim.http.ChunkWalker;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/**
 * Gathers a request body into one heap buffer, so that it can be searched and sent again. Grows with what really arrives:
 * a declared length reserves nothing. Confined to its event loop.
 */
final class RequestBody implements ChunkWalker.Sink {
    private static final int FIRST = 64 * 1024;

    private final ByteBuf gathered;
    private final long limit;
    private final boolean chunked;
    private final ChunkWalker chunks = new ChunkWalker();
    private long left;
    private boolean tooLarge;

    /**
     * @param length declared bytes, at most {@code limit}; -1 when chunked
     * @param limit bytes after which the body is refused
     */
    RequestBody(ByteBufAllocator alloc, long length, long limit) {
        this.chunked = length < 0;
        this.left = length;
        this.limit = limit;
        int first = chunked ? 4096 : (int) Math.min(length, FIRST);
        this.gathered = alloc.heapBuffer(first, (int) Math.min(limit, Integer.MAX_VALUE - 8));
    }

    /**
     * Takes what belongs to the body.
     *
     * @param in its reader index moves; not released
     * @return whether the body is complete
     */
    boolean take(ByteBuf in) throws BadMessage {
        if (chunked) {
            boolean done = chunks.walk(in, this);
            if (tooLarge) {
                throw new BadMessage(413, "the body is larger than " + limit + " bytes");
            }
            return done;
        }
        int n = (int) Math.min(left, in.readableBytes());
        gathered.writeBytes(in, n);
        left -= n;
        return left == 0;
    }

    int received() {
        return gathered.writerIndex();
    }

    /** The body; the caller releases it. */
    ByteBuf take() {
        return gathered;
    }

    void release() {
        gathered.release();
    }

    @Override
    public void payload(ByteBuf in, int index, int length) {
        tooLarge |= gathered.writerIndex() + (long) length > limit;
        if (!tooLarge) {
            gathered.writeBytes(in, index, length);
        }
    }

    @Override
    public void forward(ByteBuf in, int from, int to) {}

    @Override
    public void literal(byte[] bytes) {}
}
