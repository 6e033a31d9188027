package io.essaim.upstream;

import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A request of our own to a backend.
 *
 * @param method HTTP method
 * @param path behind the path of the backend's URL
 * @param body JSON; null for one that comes in pieces
 * @param length bytes of the body; -1 when that is not known
 * @param patience how long the backend may be silent
 * @param fields further field lines, each with its CRLF
 * @param shares whether it may use a connection that has carried others, and leave it to others
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record CallRequest(
        String method,
        String path,
        byte @Nullable [] body,
        long length,
        Duration patience,
        String fields,
        boolean shares) {
    private static final Duration FOREVER = Duration.ofDays(1);

    /**
     * One with JSON.
     *
     * @param call method and path
     */
    public static CallRequest json(String call, byte[] body, Duration patience) {
        return of(call, body, body.length, patience);
    }

    /**
     * One whose body comes by {@link BackendCall#piece} once the listener is told that it is ready.
     *
     * @param call method and path
     * @param length bytes of the body; -1 when that is not known
     */
    public static CallRequest upload(String call, long length, Duration patience) {
        return of(call, null, length, patience);
    }

    /**
     * One to a cloud. Its deadlines are the caller's, who knows whether the client reads.
     *
     * @param fields further field lines, each with its CRLF; the key is among them
     */
    public static CallRequest toCloud(String path, byte[] body, String fields) {
        return new CallRequest("POST", path, body, body.length, FOREVER, fields, true);
    }

    private static CallRequest of(String call, byte @Nullable [] body, long length, Duration patience) {
        int space = call.indexOf(' ');
        return new CallRequest(call.substring(0, space), call.substring(space + 1), body, length, patience, "", false);
    }

    /** The head as it is sent. */
    String head(URI backend) {
        String type = body == null ? "application/octet-stream" : "application/json";
        String framing = length < 0 ? "transfer-encoding: chunked" : "content-length: " + length;
        return method + " " + backend.getRawPath() + path + " HTTP/1.1\r\nhost: " + backend.getRawAuthority()
                + "\r\ncontent-type: " + type + "\r\nuser-agent: essaim\r\n" + fields + framing + "\r\n\r\n";
    }

    /** Says nothing of fields and body: there is a key among them. */
    @Override
    public String toString() {
        return method + " " + path;
    }
}
