package io.essaim.http;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A request target taken apart (RFC 9112 3.2, RFC 3986).
 *
 * @param path decoded once, so that rights, routes and forwarding see the same; {@code *} for the whole server
 * @param query as sent
 */
record RequestTarget(String path, @Nullable String query) {
    private static final Pattern AUTHORITY = Pattern.compile(
            "(\\[[0-9A-Fa-f:.]{2,45}]|[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,252}[A-Za-z0-9_.-])?)(?::([0-9]{1,5}))?");
    private static final String PLAIN = "-._~!$&'()*+,;=:@/";

    static boolean isAuthority(String value) {
        var m = AUTHORITY.matcher(value);
        return m.matches() && (m.group(2) == null || Integer.parseInt(m.group(2)) <= 65535);
    }

    static RequestTarget parse(String method, String target, @Nullable String host) throws BadMessage {
        if (method.equals("CONNECT")) {
            return new RequestTarget("/", null);
        }
        if (target.equals("*")) {
            if (!method.equals("OPTIONS")) {
                throw new BadMessage(400, "the target * is for OPTIONS");
            }
            return new RequestTarget("*", null);
        }
        String origin = target;
        if (target.charAt(0) != '/') {
            origin = absolute(target, host);
        }
        int mark = origin.indexOf('?');
        String path = mark < 0 ? origin : origin.substring(0, mark);
        String query = mark < 0 ? null : origin.substring(mark + 1);
        check(path, "");
        if (query != null) {
            check(query, "?");
        }
        return new RequestTarget(decode(path), query);
    }

    /** Absolute-form is for proxies; it is taken only when it names this very host. */
    private static String absolute(String target, @Nullable String host) throws BadMessage {
        String lower = target.toLowerCase(Locale.ROOT);
        if (host != null && lower.startsWith("http://")) {
            int slash = target.indexOf('/', 7);
            String authority = slash < 0 ? lower.substring(7) : lower.substring(7, slash);
            if (authority.equals(host)) {
                return slash < 0 ? "/" : target.substring(slash);
            }
        }
        throw new BadMessage(400, "the target names another server");
    }

    private static void check(String part, String also) throws BadMessage {
        for (int i = 0; i < part.length(); i++) {
            char c = part.charAt(i);
            if (c == '%') {
                if (i + 2 >= part.length()
                        || Character.digit(part.charAt(i + 1), 16) < 0
                        || Character.digit(part.charAt(i + 2), 16) < 0) {
                    throw new BadMessage(400, "the target has a bad percent escape");
                }
            } else if (c > 0x7e || !Character.isLetterOrDigit(c) && PLAIN.indexOf(c) < 0 && also.indexOf(c) < 0) {
                throw new BadMessage(400, "the target has a byte that no target may have");
            }
        }
    }

    private static String decode(String path) throws BadMessage {
        if (path.indexOf('%') < 0) {
            return path;
        }
        ByteBuffer bytes = ByteBuffer.allocate(path.length());
        for (int i = 0; i < path.length(); i++) {
            char c = path.charAt(i);
            if (c == '%') {
                int b = Integer.parseInt(path, i + 1, i + 3, 16);
                if (b == 0) {
                    throw new BadMessage(400, "the target has an encoded NUL");
                }
                bytes.put((byte) b);
                i += 2;
            } else {
                bytes.put((byte) c);
            }
        }
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(bytes.flip()).toString();
        } catch (CharacterCodingException e) {
            throw new BadMessage(400, "the target is not UTF-8");
        }
    }
}
