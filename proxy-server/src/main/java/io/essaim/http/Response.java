package io.essaim.http;

/**
 * The head of a backend's answer.
 *
 * @param status 200 to 599
 * @param framing how the body ends
 * @param length bytes of the body with {@link Framing#LENGTH}, else -1
 * @param keepAlive whether the connection may be used again after the body
 * @param head all fields
 */
public record Response(int status, Framing framing, long length, boolean keepAlive, Head head) {

    /** How a body ends (RFC 9112 6.3). */
    public enum Framing {
        NONE,
        LENGTH,
        CHUNKED,
        /** Ends with the connection. */
        CLOSE
    }

    /** The media type without parameters, lower case; empty when there is none. */
    public String mediaType() {
        String type = head.first("content-type");
        if (type == null) {
            return "";
        }
        int semicolon = type.indexOf(';');
        String bare = semicolon < 0 ? type : type.substring(0, semicolon);
        return bare.strip().toLowerCase(java.util.Locale.ROOT);
    }
}
