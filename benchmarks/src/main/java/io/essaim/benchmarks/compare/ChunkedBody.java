package io.essaim.benchmarks.compare;

import io.netty.buffer.ByteBuf;

/**
 * A chunked body (RFC 9112, 7.1) read in place: the data is shown to a sink where it lies, nothing is copied.
 *
 * <p>Proxies may cut and join chunks as they like, so the harness compares what is inside them.
 */
final class ChunkedBody {

    /** Sees each piece of data, in order; the buffer is lent for the time of the call. */
    interface Sink {
        void data(ByteBuf buffer, int index, int length);
    }

    private enum State {
        SIZE,
        EXTENSION,
        SIZE_LF,
        DATA,
        DATA_CR,
        DATA_LF,
        TRAILER,
        TRAILER_FIELD,
        END_LF
    }

    private static final int LARGEST_CHUNK = 1 << 26;

    private State state = State.SIZE;
    private int digits;
    private int remaining;

    void reset() {
        state = State.SIZE;
        digits = 0;
        remaining = 0;
    }

    /** Consumes what it can; true once the last chunk and its trailer were read. */
    boolean read(ByteBuf in, Sink sink) {
        while (in.isReadable()) {
            if (state == State.DATA) {
                data(in, sink);
            } else if (framing(in.readByte())) {
                reset();
                return true;
            }
        }
        return false;
    }

    private void data(ByteBuf in, Sink sink) {
        int length = Math.min(remaining, in.readableBytes());
        sink.data(in, in.readerIndex(), length);
        in.skipBytes(length);
        remaining -= length;
        if (remaining == 0) {
            state = State.DATA_CR;
        }
    }

    private boolean framing(byte next) {
        switch (state) {
            case SIZE -> size(next);
            case EXTENSION -> state = next == '\r' ? State.SIZE_LF : State.EXTENSION;
            case SIZE_LF -> {
                expect(next, '\n');
                state = remaining == 0 ? State.TRAILER : State.DATA;
            }
            case DATA_CR -> {
                expect(next, '\r');
                state = State.DATA_LF;
            }
            case DATA_LF -> {
                expect(next, '\n');
                state = State.SIZE;
                digits = 0;
            }
            case TRAILER -> state = next == '\r' ? State.END_LF : State.TRAILER_FIELD;
            case TRAILER_FIELD -> state = next == '\n' ? State.TRAILER : State.TRAILER_FIELD;
            case END_LF -> {
                expect(next, '\n');
                return true;
            }
            case DATA -> throw new AssertionError("data is not framing");
        }
        return false;
    }

    private void size(byte next) {
        int digit = Character.digit(next, 16);
        if (digit >= 0) {
            remaining = remaining * 16 + digit;
            digits++;
            if (remaining > LARGEST_CHUNK) {
                throw new IllegalStateException("a chunk of more than " + LARGEST_CHUNK + " bytes");
            }
        } else if (digits > 0 && next == '\r') {
            state = State.SIZE_LF;
        } else if (digits > 0 && (next == ';' || next == ' ')) {
            state = State.EXTENSION;
        } else {
            throw new IllegalStateException("byte " + next + " in a chunk size");
        }
    }

    private static void expect(byte actual, char expected) {
        if (actual != expected) {
            throw new IllegalStateException("byte " + actual + " in chunk framing, not " + (int) expected);
        }
    }
}
