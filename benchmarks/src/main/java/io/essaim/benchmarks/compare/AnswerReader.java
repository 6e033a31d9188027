package io.essaim.benchmarks.compare;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/** Reads the answer to one chat request: counts its lines and bytes, and says what is wrong with it. */
final class AnswerReader implements ChunkedBody.Sink {

    private final HttpHead head = new HttpHead();
    private final ChunkedBody body = new ChunkedBody();
    private boolean inBody;
    private int lines;
    private long bytes;

    /** Consumes a part of the answer; true once it is complete. Throws {@link IllegalStateException} if it is no 200 in chunks. */
    boolean read(ByteBuf in) {
        if (!inBody) {
            if (!head.read(in)) {
                return false;
            }
            requireStream();
            inBody = true;
        }
        return body.read(in, this);
    }

    @Override
    public void data(ByteBuf buffer, int index, int length) {
        bytes += length;
        int end = index + length;
        for (int at = buffer.indexOf(index, end, (byte) '\n'); at >= 0; at = buffer.indexOf(at + 1, end, (byte) '\n')) {
            lines++;
        }
    }

    /** Complete lines so far, the terminal one included. */
    int lines() {
        return lines;
    }

    /** Null if a complete answer is what was sent for {@code tokens} tokens, else the difference. */
    @Nullable
    String mismatch(int tokens) {
        if (lines == tokens + 1 && bytes == Wire.answerBytes(tokens)) {
            return null;
        }
        return "got " + lines + " lines of " + (tokens + 1) + " and " + bytes + " bytes of " + Wire.answerBytes(tokens);
    }

    void reset() {
        head.reset();
        body.reset();
        inBody = false;
        lines = 0;
        bytes = 0;
    }

    private void requireStream() {
        if (!head.startLine().startsWith("HTTP/1.1 200")) {
            throw new IllegalStateException("answered " + head.startLine());
        }
        if (!head.isChunked()) {
            throw new IllegalStateException("answered 200, but not in chunks");
        }
    }
}
