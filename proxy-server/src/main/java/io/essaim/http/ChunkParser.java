package io.essaim.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/**
 * Walks over a chunked body (RFC 9112 7.1) in place, so that the very buffer that came in can be handed on: a token costs
 * no decoding, no copy and no encoding. Checks every byte of the framing on the way.
 *
 * <p><b>What is handed on.</b> Everything as it was, with three exceptions: the size line of a chunk is held back until all
 * of it has come (it could turn out to be the last one, before which an error may have to be put); a size line with an
 * extension is replaced by a plain one; the last chunk and the trailers are never handed on, the caller ends the body.
 * In the common case, whole chunks in one buffer, {@link Sink#forward} is called once with the whole range.
 *
 * <p>One per body, one event loop.
 */
public final class ChunkParser {
    private static final int LONGEST_LINE = 256;
    private static final int LONGEST_TRAILER = 4096;
    private static final int MOST_TRAILERS = 50;
    private static final long FREE_OVERHEAD = 16 * 1024;
    private static final Pattern EXTENSIONS = Pattern.compile(
            "(?:;[!#$%&'*+.^_`|~0-9A-Za-z-]+(?:=(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+|\"[\t !#-\\[\\]-~]*\"))?)+");

    /** What the walk finds. Called in the order of the bytes. */
    public interface Sink {
        /** Payload bytes, for looking at. */
        void payload(ByteBuf in, int index, int length);

        /** Wire bytes of {@code in} to hand on. */
        void forward(ByteBuf in, int from, int to);

        /** Wire bytes to hand on that do not stand in {@code in}. */
        void literal(byte[] bytes);
    }

    private enum State {
        SIZE,
        SIZE_LF,
        DATA,
        DATA_CR,
        DATA_LF,
        TRAILER,
        TRAILER_LF,
        DONE
    }

    private State state = State.SIZE;
    private byte[] line = new byte[32];
    private int lineLength;
    private long left;
    private long payloadBytes;
    private long overhead;
    private int trailers;
    private int emitFrom;
    private int headerAt;

    /**
     * Walks over all readable bytes, or up to the end of the body.
     *
     * @param in its reader index moves behind what was walked over; not released
     * @return whether the body ended
     */
    public boolean walk(ByteBuf in, Sink sink) throws BadMessage {
        int i = in.readerIndex();
        int end = in.writerIndex();
        emitFrom = i;
        headerAt = lineLength > 0 ? -1 : i;
        try {
            while (i < end && state != State.DONE) {
                if (state == State.DATA) {
                    int n = (int) Math.min(left, end - i);
                    sink.payload(in, i, n);
                    left -= n;
                    i += n;
                    if (left == 0) {
                        state = State.DATA_CR;
                    }
                } else {
                    framing(in, in.getByte(i), i, sink);
                    i++;
                }
            }
        } finally {
            // Also before a fault: what was seen is handed on, or append would go on from a place the reader never got
            // to.
            emit(in, state == State.SIZE || state == State.SIZE_LF ? Math.max(headerAt, emitFrom) : i, sink);
            in.readerIndex(i);
        }
        return state == State.DONE;
    }

    /** Whether the body ended properly. */
    public boolean done() {
        return state == State.DONE;
    }

    private void emit(ByteBuf in, int to, Sink sink) {
        if (to > emitFrom && state != State.DONE && state != State.TRAILER && state != State.TRAILER_LF) {
            sink.forward(in, emitFrom, to);
        }
    }

    private void framing(ByteBuf in, byte b, int at, Sink sink) throws BadMessage {
        if (++overhead > FREE_OVERHEAD + 4 * payloadBytes) {
            throw new BadMessage(400, "the chunks are mostly framing");
        }
        switch (state) {
            case SIZE -> {
                if (b == '\r') {
                    state = State.SIZE_LF;
                } else {
                    keep(b, LONGEST_LINE);
                }
            }
            case SIZE_LF -> {
                expect(b, '\n');
                sized(in, at, sink);
            }
            case DATA_CR -> {
                expect(b, '\r');
                state = State.DATA_LF;
            }
            case DATA_LF -> {
                expect(b, '\n');
                state = State.SIZE;
                headerAt = at + 1;
            }
            case TRAILER -> {
                if (b == '\r') {
                    state = State.TRAILER_LF;
                } else {
                    keep(b, LONGEST_TRAILER);
                }
            }
            default -> {
                expect(b, '\n');
                trailer();
            }
        }
    }

    private static void expect(byte b, char c) throws BadMessage {
        if (b != c) {
            throw new BadMessage(400, "the chunked framing is malformed");
        }
    }

    private void keep(byte b, int longest) throws BadMessage {
        if (b >= 0 && b < 0x20 && b != '\t' || b == 0x7f || lineLength == longest) {
            throw new BadMessage(400, "a chunk's line is malformed or longer than " + longest + " bytes");
        }
        if (lineLength == line.length) {
            line = java.util.Arrays.copyOf(line, line.length * 2);
        }
        line[lineLength++] = b;
    }

    /** The size line is complete; {@code at} is its LF. */
    private void sized(ByteBuf in, int at, Sink sink) throws BadMessage {
        int digits = 0;
        long size = 0;
        while (digits < lineLength) {
            int d = Character.digit((char) (line[digits] & 0xff), 16);
            if (d < 0 || line[digits] < 0) {
                break;
            }
            size = size << 4 | d;
            digits++;
            if (digits > 8) {
                throw new BadMessage(400, "a chunk size has more than 8 digits");
            }
        }
        boolean plain = digits == lineLength;
        if (digits == 0
                || !plain
                        && !EXTENSIONS
                                .matcher(new String(line, digits, lineLength - digits, StandardCharsets.ISO_8859_1))
                                .matches()) {
            throw new BadMessage(400, "a chunk size line is malformed");
        }
        boolean whole = headerAt >= emitFrom && headerAt >= 0;
        if (size == 0) {
            emit(in, whole ? headerAt : emitFrom, sink);
            state = State.TRAILER;
        } else {
            if (!plain || !whole) {
                emit(in, whole ? headerAt : emitFrom, sink);
                sink.literal((Long.toHexString(size) + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
                emitFrom = at + 1;
            }
            left = size;
            payloadBytes += size;
            state = State.DATA;
        }
        lineLength = 0;
    }

    private void trailer() throws BadMessage {
        if (lineLength == 0) {
            state = State.DONE;
            return;
        }
        if (++trailers > MOST_TRAILERS) {
            throw new BadMessage(400, "more than " + MOST_TRAILERS + " trailers");
        }
        HeadReader.field(Unpooled.wrappedBuffer(line, 0, lineLength), 0, lineLength, new Head());
        lineLength = 0;
        state = State.TRAILER;
    }

    /**
     * Wire bytes that add payload where the body stands now, finishing the chunk under way as far as needed. After them the
     * body can only be cut: it has no proper end any more.
     */
    public byte[] append(byte[] payload) {
        StringBuilder out = new StringBuilder(payload.length + 16);
        String text = new String(payload, StandardCharsets.ISO_8859_1);
        if (state == State.DATA && left >= text.length()) {
            return payload;
        }
        if (state == State.DATA) {
            out.append(text, 0, (int) left).append("\r\n");
            text = text.substring((int) left);
        } else if (state == State.DATA_CR) {
            out.append("\r\n");
        } else if (state == State.DATA_LF) {
            out.append('\n');
        }
        out.append(Integer.toHexString(text.length()))
                .append("\r\n")
                .append(text)
                .append("\r\n");
        return out.toString().getBytes(StandardCharsets.ISO_8859_1);
    }
}
