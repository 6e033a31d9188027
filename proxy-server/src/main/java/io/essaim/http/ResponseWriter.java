package io.essaim.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Writes the heads of answers to clients. Fields of a backend's answer pass by an allow-list, framing and connection fields
 * are our own.
 */
public final class ResponseWriter {
    /** The fields that pass, as they came in and as they go out. */
    private static final Map<String, String> PASSED = Map.of(
            "content-type", "Content-Type",
            "cache-control", "Cache-Control",
            "date", "Date",
            "retry-after", "Retry-After",
            "content-encoding", "Content-Encoding",
            "www-authenticate", "WWW-Authenticate",
            "x-request-id", "X-Request-Id",
            "last-modified", "Last-Modified",
            "etag", "ETag");

    private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern(
                    "EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.US)
            .withZone(ZoneOffset.UTC);

    private ResponseWriter() {}

    /**
     * The head of an answer that is handed on.
     *
     * @param chunked whether the client gets the body in chunks
     * @param own field lines of ours
     */
    public static ByteBuf relayed(
            ByteBufAllocator alloc, Request to, Response answer, boolean chunked, List<String> own, boolean keepAlive) {
        StringBuilder out = start(to, answer.status());
        Head head = answer.head();
        boolean dated = false;
        for (int i = 0; i < head.size(); i++) {
            String name = PASSED.get(head.name(i));
            if (name != null) {
                dated |= name.equals("Date");
                line(out, name, head.value(i));
            }
        }
        if (!dated) {
            line(out, "Date", DATE.format(Instant.now()));
        }
        own.forEach(field -> out.append(field).append("\r\n"));
        if (chunked) {
            line(out, "Transfer-Encoding", "chunked");
        } else if (answer.length() >= 0 && answer.status() != 204 && answer.status() != 304) {
            line(out, "Content-Length", Long.toString(answer.length()));
        }
        return end(alloc, out, to, keepAlive);
    }

    /** The head of a stream of our own. */
    public static ByteBuf stream(
            ByteBufAllocator alloc,
            Request to,
            String contentType,
            List<String> own,
            boolean chunked,
            boolean keepAlive) {
        StringBuilder out = start(to, 200);
        line(out, "Content-Type", contentType);
        line(out, "Date", DATE.format(Instant.now()));
        own.forEach(field -> out.append(field).append("\r\n"));
        if (chunked) {
            line(out, "Transfer-Encoding", "chunked");
        }
        return end(alloc, out, to, keepAlive);
    }

    /** A whole answer of our own; without the body when it is to a HEAD. */
    public static ByteBuf own(ByteBufAllocator alloc, Request to, Answer answer, boolean keepAlive) {
        StringBuilder out = start(to, answer.status());
        if (!answer.contentType().isEmpty()) {
            line(out, "Content-Type", answer.contentType());
        }
        line(out, "Date", DATE.format(Instant.now()));
        answer.fields().forEach(field -> out.append(field).append("\r\n"));
        if (answer.status() != 204) {
            line(out, "Content-Length", Integer.toString(answer.body().length));
        }
        ByteBuf buffer = end(alloc, out, to, keepAlive);
        if (!to.method().equals("HEAD")) {
            buffer.writeBytes(answer.body());
        }
        return buffer;
    }

    private static StringBuilder start(Request to, int status) {
        return new StringBuilder(384)
                .append(to.http10() ? "HTTP/1.0 " : "HTTP/1.1 ")
                .append(status)
                .append(' ')
                .append(HttpResponseStatus.valueOf(status).reasonPhrase())
                .append("\r\n");
    }

    private static void line(StringBuilder out, String name, String value) {
        out.append(name).append(": ").append(value).append("\r\n");
    }

    private static ByteBuf end(ByteBufAllocator alloc, StringBuilder out, Request to, boolean keepAlive) {
        if (!keepAlive) {
            line(out, "Connection", "close");
        } else if (to.http10()) {
            line(out, "Connection", "keep-alive");
        }
        out.append("\r\n");
        ByteBuf buffer = alloc.ioBuffer(out.length() + 64);
        // One char is one byte here: values came in as ISO 8859-1 and go out the same.
        for (int i = 0; i < out.length(); i++) {
            buffer.writeByte(out.charAt(i));
        }
        return buffer;
    }
}
