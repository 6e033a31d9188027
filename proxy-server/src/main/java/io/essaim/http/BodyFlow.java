package io.essaim.http;

import io.netty.buffer.ByteBuf;

/** Takes the framing off a request body that is handed on piece by piece. Of any length. Confined to its event loop. */
public final class BodyFlow {
    private final boolean chunked;
    private final ChunkParser chunks = new ChunkParser();
    private long left;

    /** @param length declared bytes; -1 when chunked */
    public BodyFlow(long length) {
        this.chunked = length < 0;
        this.left = length;
    }

    /**
     * Hands on what belongs to the body.
     *
     * @param in its reader index moves; not released
     * @return whether the body is complete
     */
    public boolean take(ByteBuf in, BodySink sink) throws BadMessage {
        if (chunked) {
            return chunks.walk(in, new Payload(sink));
        }
        int n = (int) Math.min(left, in.readableBytes());
        if (n > 0) {
            sink.piece(in.readRetainedSlice(n));
        }
        left -= n;
        return left == 0;
    }

    private record Payload(BodySink sink) implements ChunkParser.Sink {
        @Override
        public void payload(ByteBuf in, int index, int length) {
            sink.piece(in.retainedSlice(index, length));
        }

        @Override
        public void forward(ByteBuf in, int from, int to) {}

        @Override
        public void literal(byte[] bytes) {}
    }
}
