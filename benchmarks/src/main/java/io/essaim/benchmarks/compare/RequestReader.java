package io.essaim.benchmarks.compare;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import java.io.ByteArrayOutputStream;

/** Reads the requests of one connection, one at a time, whatever framing a proxy chose for the body. */
final class RequestReader implements ChunkedBody.Sink {

    private static final int BODY_LIMIT = 1 << 20;

    private enum State {
        HEAD,
        LENGTH,
        CHUNKS
    }

    private final HttpHead head = new HttpHead();
    private final ChunkedBody chunks = new ChunkedBody();
    private final ByteArrayOutputStream body = new ByteArrayOutputStream(256);
    private State state = State.HEAD;
    private int remaining;

    /** Consumes a part of the request; true once it is complete. Call {@link #reset()} before the next one. */
    boolean read(ByteBuf in) {
        if (state == State.HEAD) {
            if (!head.read(in)) {
                return false;
            }
            state = head.isChunked() ? State.CHUNKS : State.LENGTH;
            String length = head.header("content-length");
            remaining = length == null ? 0 : Integer.parseInt(length);
        }
        return state == State.CHUNKS ? chunks.read(in, this) : counted(in);
    }

    @Override
    public void data(ByteBuf buffer, int index, int length) {
        if (body.size() + length > BODY_LIMIT) {
            throw new IllegalStateException("a request body of more than " + BODY_LIMIT + " bytes");
        }
        byte[] part = new byte[length];
        buffer.getBytes(index, part);
        body.writeBytes(part);
    }

    /** Method and path, as in {@code "POST /api/chat"}; a query is left out. */
    String target() {
        String[] words = head.startLine().split(" ", 3);
        return words.length < 2 ? "" : words[0] + " " + words[1].split("\\?", 2)[0];
    }

    String body() {
        return body.toString(UTF_8);
    }

    void reset() {
        head.reset();
        chunks.reset();
        body.reset();
        state = State.HEAD;
        remaining = 0;
    }

    private boolean counted(ByteBuf in) {
        int length = Math.min(remaining, in.readableBytes());
        data(in, in.readerIndex(), length);
        in.skipBytes(length);
        remaining -= length;
        return remaining == 0;
    }
}
