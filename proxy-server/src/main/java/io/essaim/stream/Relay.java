package io.essaim.stream;

import io.essaim.api.ErrorAnswers;
import io.essaim.api.Failure;
import io.essaim.http.BadMessage;
import io.essaim.http.ChunkParser;
import io.essaim.http.Response;
import io.essaim.http.Response.Framing;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The body of one answer on its way from a backend to a client. It checks the framing in place and hands the same
 * buffers on; a tap sees the payload. Until {@link #open} the pieces are held, so that another backend can still be
 * asked.
 *
 * <p>A client that speaks HTTP/1.0 cannot read chunks: it gets the bare payload, ended by the close of the connection.
 * A backend's body that ends with its connection is put into chunks for all other clients.
 *
 * <p>One per attempt, one event loop. It owns the held buffers: {@link #open} or {@link #discard} lets them go.
 */
public final class Relay implements ChunkParser.Sink {
    private static final byte[] LAST_CHUNK = "0\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1);
    private static final int KEPT_TEXT = 4096;

    /** Where opened pieces go. */
    public interface Out {
        /** Takes over a piece of the answer's wire bytes. */
        void write(ByteBuf piece);
    }

    /** Bytes of an answer that wait at most for a word on whether it is good. */
    static final int MOST_HELD = 256 * 1024;

    private final Response head;
    private final AnswerTap end;
    private final boolean bare;
    private final boolean keepText;
    private final @Nullable PayloadFilter passage;
    private final ChunkParser chunks = new ChunkParser();
    private final StringBuilder text = new StringBuilder();
    private List<ByteBuf> held = new ArrayList<>(2);
    private int heldBytes;
    private Out out = this::hold;
    private long left;
    private long payload;
    private boolean ended;
    private @Nullable ByteArrayOutputStream copy;

    /**
     * @param bare whether the client gets the payload without chunks
     * @param keepText whether the beginning of the payload is kept as text, for reading an error
     * @param passage what changes the payload, which then gets chunks of its own; null to hand it on as it is
     */
    public Relay(Response head, AnswerTap end, boolean bare, boolean keepText, @Nullable PayloadFilter passage) {
        this.head = head;
        this.end = end;
        this.bare = bare;
        this.keepText = keepText;
        this.passage = passage;
        this.left = head.length();
        this.ended = head.framing() == Framing.NONE;
    }

    /**
     * Takes bytes as they came from the backend. What is readable afterwards does not belong to this answer.
     *
     * @param in not released here
     */
    public void accept(ByteBuf in) throws BadMessage {
        switch (head.framing()) {
            case NONE -> {}
            case CHUNKED -> ended = chunks.walk(in, this);
            case LENGTH -> {
                int n = (int) Math.min(left, in.readableBytes());
                seen(in, in.readerIndex(), n);
                left -= n;
                ended = left == 0;
                if (ended && !end.complete() && !end.saidError()) {
                    // A body of the announced length would pass for an answer.
                } else if (passage == null) {
                    emit(in, in.readerIndex(), in.readerIndex() + n);
                } else {
                    chunk(passage.pass(in, in.readerIndex(), n));
                }
                in.skipBytes(n);
            }
            case CLOSE -> {
                int n = in.readableBytes();
                seen(in, in.readerIndex(), n);
                chunk(
                        passage == null
                                ? List.of(in.retainedSlice(in.readerIndex(), n))
                                : passage.pass(in, in.readerIndex(), n));
                in.skipBytes(n);
            }
        }
    }

    /** Payload as a chunk of ours, or as it is for a client that reads none. */
    private void chunk(List<ByteBuf> pieces) {
        int size = pieces.stream().mapToInt(ByteBuf::readableBytes).sum();
        boolean framed = !bare && size > 0;
        if (framed) {
            ascii(Integer.toHexString(size) + "\r\n");
        }
        pieces.forEach(out::write);
        if (framed) {
            ascii("\r\n");
        }
    }

    private void ascii(String text) {
        out.write(Unpooled.wrappedBuffer(text.getBytes(StandardCharsets.US_ASCII)));
    }

    /** The backend closed its connection: that ends a body without framing, and cuts any other. */
    public void closed() {
        ended |= head.framing() == Framing.CLOSE;
    }

    /** Whether the framing of the body came to its end. */
    public boolean ended() {
        return ended;
    }

    /** Payload bytes so far. */
    long payloadBytes() {
        return payload;
    }

    /** How it begins, as far as is known; one that does not say so for long is taken for good. */
    public AnswerTap.Opening opening() {
        AnswerTap.Opening opening = head.status() < 300 ? end.opening() : AnswerTap.Opening.UNKNOWN;
        if (opening != AnswerTap.Opening.GOOD && opening != AnswerTap.Opening.UNKNOWN) {
            return opening;
        }
        if (heldBytes > MOST_HELD) {
            return AnswerTap.Opening.GOOD;
        }
        // Who knows the length has it all: nothing is gained by showing a part, and a client takes the length for an
        // end.
        return head.framing() == Framing.LENGTH ? AnswerTap.Opening.UNKNOWN : opening;
    }

    public Response head() {
        return head;
    }

    /** Whether the answer comes in frames, so that a frame of ours can be added to it. */
    public boolean streams() {
        return !(end instanceof AnswerTap.Whole);
    }

    public AnswerTap end() {
        return end;
    }

    /** Whether what the client gets ends within a frame. */
    public boolean midFrame() {
        return end.midFrame() && !goesByFrames();
    }

    /** Whether the client gets whole frames only. */
    public boolean goesByFrames() {
        return passage != null && passage.betweenFrames();
    }

    /** Why the backend must not be listened to any longer, whatever its framing says; null for nothing. */
    @Nullable
    public Failure fault() {
        return passage == null ? null : passage.fault();
    }

    /** The framing came to its end: hands on what the passage kept back. */
    public void drain() {
        if (passage != null) {
            chunk(passage.rest());
        }
    }

    /** What kind of failure the whole error answer is; null when another backend would say the same. */
    @Nullable
    public Failure refusal() {
        return ErrorAnswers.classify(head.status(), text(), head.head().first("retry-after") != null);
    }

    /** The beginning of the payload, at most 4 KiB, if it was to be kept. */
    public String text() {
        return text.toString();
    }

    /** From now on a copy of the payload is kept. */
    public void copy() {
        copy = new ByteArrayOutputStream();
    }

    /** The payload so far, if a copy was to be kept; else null. */
    public byte @Nullable [] copied() {
        return copy == null ? null : copy.toByteArray();
    }

    /** From now on pieces go straight to {@code to}; first those that were held. */
    public void open(Out to) {
        List<ByteBuf> pieces = held;
        held = new ArrayList<>(0);
        out = to;
        int next = 0;
        try {
            while (next < pieces.size()) {
                to.write(pieces.get(next++));
            }
        } finally {
            while (next < pieces.size()) {
                pieces.get(next++).release();
            }
        }
    }

    /** Drops what is held. What comes can still be opened, or goes where it went. */
    public void letGo() {
        held.forEach(ByteBuf::release);
        held = new ArrayList<>(0);
    }

    /** Drops what is held, and what comes. */
    public void discard() {
        letGo();
        out = ByteBuf::release;
    }

    /** Whether the client sees chunks. */
    public boolean chunked() {
        return !bare && reframed();
    }

    /** Whether the client can tell the end of the body only by the end of the connection. */
    public boolean bareBody() {
        return bare && reframed();
    }

    /** Whether the length of what the client gets is not known before. */
    private boolean reframed() {
        return switch (head.framing()) {
            case CHUNKED, CLOSE -> true;
            case LENGTH -> passage != null;
            case NONE -> false;
        };
    }

    /** Ends the body properly: the last chunk, which is never handed on by itself. */
    public void finish() {
        if (chunked()) {
            out.write(Unpooled.wrappedBuffer(LAST_CHUNK));
        }
    }

    /** Adds payload to a stream that broke, within whatever chunk was left open. The body has no proper end then. */
    public void append(byte[] frame) {
        if (head.framing() == Framing.CHUNKED && !bare && passage == null) {
            out.write(Unpooled.wrappedBuffer(chunks.append(frame)));
        } else if (reframed()) {
            chunk(List.of(Unpooled.wrappedBuffer(frame)));
        }
    }

    @Override
    public void payload(ByteBuf in, int index, int length) {
        seen(in, index, length);
        if (passage != null) {
            chunk(passage.pass(in, index, length));
        } else if (bare) {
            emit(in, index, index + length);
        }
    }

    @Override
    public void forward(ByteBuf in, int from, int to) {
        if (!bare && passage == null) {
            emit(in, from, to);
        }
    }

    @Override
    public void literal(byte[] bytes) {
        if (!bare && passage == null) {
            out.write(Unpooled.wrappedBuffer(bytes));
        }
    }

    private void seen(ByteBuf in, int index, int length) {
        payload += length;
        end.look(in, index, length);
        if (copy != null) {
            copy.writeBytes(ByteBufUtil.getBytes(in, index, length));
        }
        if (keepText && text.length() < KEPT_TEXT) {
            text.append(in.toString(index, Math.min(length, KEPT_TEXT - text.length()), StandardCharsets.UTF_8));
        }
    }

    private void emit(ByteBuf in, int from, int to) {
        if (to > from) {
            out.write(in.retainedSlice(from, to - from));
        }
    }

    private void hold(ByteBuf piece) {
        held.add(piece);
        heldBytes += piece.readableBytes();
    }
}
