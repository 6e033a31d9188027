package io.essaim.http;

import io.essaim.http.Response.Framing;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/** Reads answer heads of backends, as suspiciously as requests: a backend may be broken, or not the one we think. */
public final class ResponseReader extends HeadReader {
    private static final int LONGEST_LINE = 1024;
    private static final int LONGEST_HEAD = 64 * 1024;
    private static final int MOST_FIELDS = 200;
    private static final int MOST_INTERIM = 8;

    private int status;
    private boolean http10;
    private int interim;

    public ResponseReader() {
        super(LONGEST_LINE, LONGEST_HEAD, MOST_FIELDS);
    }

    /**
     * Reads on, skipping interim answers (1xx).
     *
     * @param in the bytes from where the last call left off
     * @param toHead whether the request was HEAD, which has no body whatever the fields say
     * @return the head once it is complete; null before
     */
    public @Nullable Response next(ByteBuf in, boolean toHead) throws BadMessage {
        while (read(in)) {
            if (status >= 200) {
                Response response = response(toHead);
                reset();
                interim = 0;
                return response;
            }
            if (++interim > MOST_INTERIM || status == 101) {
                throw new BadMessage(502, "too many interim answers");
            }
            reset();
        }
        return null;
    }

    @Override
    void startLine(String line) throws BadMessage {
        boolean ok = line.length() >= 12
                && (line.startsWith("HTTP/1.1 ") || line.startsWith("HTTP/1.0 "))
                && (line.length() == 12 || line.charAt(12) == ' ');
        if (!ok) {
            throw new BadMessage(502, "the status line is malformed");
        }
        http10 = line.charAt(7) == '0';
        status = 0;
        for (int i = 9; i < 12; i++) {
            int digit = line.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                throw new BadMessage(502, "the status is not a number");
            }
            status = status * 10 + digit;
        }
        if (status < 100 || status > 599) {
            throw new BadMessage(502, "the status is out of range");
        }
    }

    @Override
    int tooLong(boolean startLine) {
        return 502;
    }

    private Response response(boolean toHead) throws BadMessage {
        int lengths = head.count("content-length");
        int encodings = head.count("transfer-encoding");
        boolean keepAlive = !http10 && !head.lists("connection", "close");
        if (encodings > 0 && (lengths > 0 || encodings > 1 || http10)) {
            throw new BadMessage(502, "the answer has two framings");
        }
        if (toHead || status == 204 || status == 304) {
            // Some servers send a body all the same: the connection is not trusted with another request.
            return new Response(status, Framing.NONE, 0, keepAlive && !declaresBody(toHead), head);
        }
        if (encodings == 1) {
            if (!String.valueOf(head.first("transfer-encoding")).equalsIgnoreCase("chunked")) {
                throw new BadMessage(502, "the answer has an unknown transfer coding");
            }
            return new Response(status, Framing.CHUNKED, -1, keepAlive, head);
        }
        if (lengths == 0) {
            return new Response(status, Framing.CLOSE, -1, false, head);
        }
        long length = RequestReader.parseLength(String.valueOf(head.first("content-length")));
        if (lengths > 1 || length < 0) {
            throw new BadMessage(502, "the answer's Content-Length is not one number");
        }
        return new Response(status, length == 0 ? Framing.NONE : Framing.LENGTH, length, keepAlive, head);
    }

    private boolean declaresBody(boolean toHead) {
        return !toHead && (head.count("content-length") > 0 || head.count("transfer-encoding") > 0);
    }
}
