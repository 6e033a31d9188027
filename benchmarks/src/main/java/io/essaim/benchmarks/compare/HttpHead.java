package io.essaim.benchmarks.compare;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The head of one HTTP/1.1 message, collected up to its empty line. Lenient: it reads peers of the harness, not strangers. */
final class HttpHead {

    private static final int LIMIT = 16 * 1024;

    private byte[] collected = new byte[512];
    private int length;
    private String text = "";

    /** Consumes bytes of the head; true once the empty line was read, with {@code in} left at the body. */
    boolean read(ByteBuf in) {
        while (in.isReadable()) {
            byte next = in.readByte();
            if (length == collected.length) {
                grow();
            }
            collected[length++] = next;
            if (next == '\n' && endsWithEmptyLine()) {
                text = new String(collected, 0, length, ISO_8859_1);
                return true;
            }
        }
        return false;
    }

    String startLine() {
        int end = text.indexOf("\r\n");
        return end < 0 ? text : text.substring(0, end);
    }

    /** The trimmed value of the first field of that name, in any case; null if there is none. */
    @Nullable
    String header(String name) {
        String wanted = "\r\n" + name.toLowerCase(Locale.ROOT) + ":";
        int at = text.toLowerCase(Locale.ROOT).indexOf(wanted);
        if (at < 0) {
            return null;
        }
        int from = at + wanted.length();
        return text.substring(from, text.indexOf("\r\n", from)).trim();
    }

    boolean isChunked() {
        return "chunked".equalsIgnoreCase(header("transfer-encoding"));
    }

    void reset() {
        length = 0;
        text = "";
    }

    private boolean endsWithEmptyLine() {
        return length >= 4
                && collected[length - 2] == '\r'
                && collected[length - 3] == '\n'
                && collected[length - 4] == '\r';
    }

    private void grow() {
        if (length >= LIMIT) {
            throw new IllegalStateException("a message head of more than " + LIMIT + " bytes");
        }
        collected = Arrays.copyOf(collected, length * 2);
    }
}
