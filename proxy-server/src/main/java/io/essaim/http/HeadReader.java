package io.essaim.http;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/**
 * Reads the head of a message line by line, strictly as RFC 9112 and no more leniently: lines end in CRLF, a bare CR, a
 * bare LF, a NUL or another control byte is refused as soon as it is seen, so are obs-fold (5.2), space before the colon
 * (5.1) and an empty name. Strictness is what keeps us and the backend of one mind about where a message ends.
 *
 * <p>Fed with whatever has arrived; keeps its place. One per connection, one event loop.
 */
public abstract sealed class HeadReader permits RequestReader, ResponseReader {
    private static final boolean[] TOKEN = new boolean[128];

    static {
        for (char c = '0'; c <= 'z'; c++) {
            TOKEN[c] = Character.isLetterOrDigit(c);
        }
        for (char c : "!#$%&'*+-.^_`|~".toCharArray()) {
            TOKEN[c] = true;
        }
    }

    private final int longestStart;
    private final int longestHead;
    private final int mostFields;
    private int lineStart;
    private int scanned;
    private boolean started;

    /** The fields read so far of the message under way. */
    Head head = new Head();

    HeadReader(int longestStart, int longestHead, int mostFields) {
        this.longestStart = longestStart;
        this.longestHead = longestHead;
        this.mostFields = mostFields;
    }

    /** Called with the start line, without its CRLF. */
    abstract void startLine(String line) throws BadMessage;

    /** The status for a head that is too long. */
    abstract int tooLong(boolean startLine);

    /** Whether anything of a message has arrived. */
    public final boolean underWay() {
        return scanned > 0 || started;
    }

    /**
     * Reads on.
     *
     * @param in the bytes from the beginning of the message; its reader index moves behind the head when it is complete,
     *     and stays when it is not
     * @return whether the head is complete
     */
    public final boolean read(ByteBuf in) throws BadMessage {
        int base = in.readerIndex();
        int readable = in.readableBytes();
        while (scanned < readable) {
            int b = in.getByte(base + scanned) & 0xff;
            if (b == '\n') {
                if (scanned == lineStart || in.getByte(base + scanned - 1) != '\r') {
                    throw new BadMessage(400, "a line ends in LF without CR");
                }
                int from = base + lineStart;
                int length = scanned - 1 - lineStart;
                scanned++;
                lineStart = scanned;
                if (line(in, from, length)) {
                    in.readerIndex(base + scanned);
                    return true;
                }
            } else {
                check(in, base, b);
                scanned++;
            }
        }
        return false;
    }

    /** Makes ready for the next message. */
    public final void reset() {
        lineStart = 0;
        scanned = 0;
        started = false;
        head = new Head();
    }

    private void check(ByteBuf in, int base, int b) throws BadMessage {
        if (b < 0x20 && b != '\r' && b != '\t' || b == 0x7f) {
            throw new BadMessage(400, "a control byte in the head");
        }
        if (scanned > lineStart && in.getByte(base + scanned - 1) == '\r') {
            throw new BadMessage(400, "a CR without LF in the head");
        }
        if (!started && scanned - lineStart >= longestStart) {
            throw new BadMessage(tooLong(true), "the first line is longer than " + longestStart + " bytes");
        }
        if (scanned >= longestHead) {
            throw new BadMessage(tooLong(false), "the head is longer than " + longestHead + " bytes");
        }
    }

    private boolean line(ByteBuf in, int from, int length) throws BadMessage {
        if (!started) {
            if (length == 0 && lineStart <= 2) {
                return false; // One empty line before the start line is ignored (RFC 9112 2.2).
            }
            startLine(in.toString(from, length, StandardCharsets.ISO_8859_1));
            started = true;
            return false;
        }
        if (length == 0) {
            return true;
        }
        if (head.size() >= mostFields) {
            throw new BadMessage(tooLong(false), "more than " + mostFields + " fields");
        }
        field(in, from, length, head);
        return false;
    }

    /** Reads one field line into {@code head}. */
    static void field(ByteBuf in, int from, int length, Head head) throws BadMessage {
        int colon = from;
        int end = from + length;
        while (colon < end && token(in.getByte(colon))) {
            colon++;
        }
        if (colon == from || colon == end || in.getByte(colon) != ':') {
            throw new BadMessage(400, "a field line without a proper name");
        }
        int start = colon + 1;
        while (start < end && blank(in.getByte(start))) {
            start++;
        }
        while (end > start && blank(in.getByte(end - 1))) {
            end--;
        }
        head.add(
                in.toString(from, colon - from, StandardCharsets.ISO_8859_1),
                in.toString(start, end - start, StandardCharsets.ISO_8859_1));
    }

    static boolean token(byte b) {
        return b >= 0 && TOKEN[b];
    }

    static boolean blank(byte b) {
        return b == ' ' || b == '\t';
    }
}
