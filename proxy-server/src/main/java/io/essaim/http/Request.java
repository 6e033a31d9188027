package io.essaim.http;

import org.jspecify.annotations.Nullable;

/**
 * The head of a request, parsed and found good.
 *
 * @param method one of the methods that HTTP defines, upper case
 * @param path the decoded path, begins with a slash; {@code *} for OPTIONS of the whole server
 * @param query the query as sent, without the question mark; null when there is none
 * @param host the authority, lower case; null only for HTTP/1.0
 * @param length bytes of the body; -1 when chunked
 * @param keepAlive whether the connection may serve another request
 * @param http10 whether the client speaks HTTP/1.0, so that chunks are no framing for it
 * @param expectsContinue whether the client waits for a 100 before it sends the body
 * @param head all fields
 */
public record Request(
        String method,
        String path,
        @Nullable String query,
        @Nullable String host,
        long length,
        boolean keepAlive,
        boolean http10,
        boolean expectsContinue,
        Head head) {
    /** Stands for a request that could not be understood; it is answered in HTTP/1.1, and then the connection ends. */
    public static final Request UNREADABLE = new Request("GET", "/", null, null, 0, false, false, false, new Head());

    /** Whether a body follows. */
    public boolean hasBody() {
        return length != 0;
    }

    /** The same request under another path, for a prefix that was taken off. */
    public Request withPath(String newPath) {
        return new Request(method, newPath, query, host, length, keepAlive, http10, expectsContinue, head);
    }
}
