package io.essaim.testing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;

/**
 * All bytes a server sends until it closes, taken apart without trust: what a client's HTTP library hands to its reader, also
 * of a chunk that was cut.
 *
 * @param head status line and fields
 * @param text the decoded payload, as far as it came
 * @param properEnd whether the body ended as its framing says
 * @param reset whether the connection ended with RST
 */
public record WireAnswer(String head, String text, boolean properEnd, boolean reset) {
    private static final int MILLIS = 20_000;

    /** Posts, and reads until the server closes; does not close before. */
    public static WireAnswer post(int port, String path, String body) throws IOException {
        return post(port, path, body, "", () -> {});
    }

    /**
     * Posts, and reads until the server closes.
     *
     * @param mark what must have come before {@code then} is run
     */
    public static WireAnswer post(int port, String path, String body, String mark, Runnable then) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(
                ("POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
                                + bytes.length + "\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
        out.writeBytes(bytes);
        return exchange(port, out.toByteArray(), mark, then);
    }

    private static WireAnswer exchange(int port, byte[] request, String mark, Runnable then) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(MILLIS);
            socket.setTcpNoDelay(true);
            socket.getOutputStream().write(request);
            return read(socket.getInputStream(), mark, then);
        }
    }

    private static WireAnswer read(InputStream in, String mark, Runnable then) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        boolean reset = false;
        boolean waiting = true;
        byte[] some = new byte[8192];
        try {
            for (int n = in.read(some); n >= 0; n = in.read(some)) {
                all.write(some, 0, n);
                if (waiting && all.toString(StandardCharsets.UTF_8).contains(mark)) {
                    waiting = false;
                    then.run();
                }
            }
        } catch (SocketException e) {
            reset = true;
        }
        return parse(all.toByteArray(), reset);
    }

    private static WireAnswer parse(byte[] all, boolean reset) {
        String text = new String(all, StandardCharsets.ISO_8859_1);
        int end = text.indexOf("\r\n\r\n");
        if (end < 0) {
            return new WireAnswer(text, "", false, reset);
        }
        String head = text.substring(0, end + 2);
        int body = end + 4;
        String lower = head.toLowerCase(Locale.ROOT);
        if (lower.contains("\r\ntransfer-encoding: chunked\r\n")) {
            return chunked(head, all, text, body, reset);
        }
        int length = lower.indexOf("\r\ncontent-length: ");
        byte[] payload = Arrays.copyOfRange(all, body, all.length);
        boolean proper = length < 0
                ? !reset
                : payload.length == Integer.parseInt(lower.substring(length + 18, lower.indexOf("\r\n", length + 2)));
        return new WireAnswer(head, new String(payload, StandardCharsets.UTF_8), proper, reset);
    }

    private static WireAnswer chunked(String head, byte[] all, String text, int from, boolean reset) {
        ByteArrayOutputStream payload = new ByteArrayOutputStream();
        int at = from;
        while (true) {
            int line = text.indexOf("\r\n", at);
            if (line < 0) {
                return new WireAnswer(head, payload.toString(StandardCharsets.UTF_8), false, reset);
            }
            int size = Integer.parseInt(text.substring(at, line), 16);
            at = line + 2;
            if (size == 0) {
                return new WireAnswer(
                        head, payload.toString(StandardCharsets.UTF_8), text.startsWith("\r\n", at), reset);
            }
            int have = Math.min(size, all.length - at);
            payload.write(all, at, have);
            at += have;
            if (have == size && at + 2 <= all.length && !text.startsWith("\r\n", at)) {
                throw new AssertionError("a chunk of " + size + " bytes does not end in CRLF: " + text.substring(from));
            }
            at = Math.min(at + 2, all.length);
        }
    }

    public int status() {
        return head.isEmpty() ? 0 : Integer.parseInt(head.split(" ", -1)[1]);
    }
}
