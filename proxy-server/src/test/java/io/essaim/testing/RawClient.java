package io.essaim.testing;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A client on a plain socket that shows answers as they are on the wire. Reads give up after 20 seconds. */
public final class RawClient implements AutoCloseable {
    private static final int MILLIS = 20_000;

    private final Socket socket;
    private final InputStream in;

    /**
     * An answer.
     *
     * @param status the status; 0 when the connection ended before an answer came
     * @param fields the field lines in order, as sent
     * @param chunks the chunks, decoded; a body without chunks is one
     * @param complete whether the body came to its proper end
     */
    public record Reply(int status, List<String> fields, List<byte[]> chunks, boolean complete) {
        /** The value of the first such field, or null. */
        public String field(String name) {
            for (String line : fields) {
                if (line.toLowerCase(Locale.ROOT).startsWith(name.toLowerCase(Locale.ROOT) + ":")) {
                    return line.substring(name.length() + 1).strip();
                }
            }
            return null;
        }

        public byte[] bytes() {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            chunks.forEach(out::writeBytes);
            return out.toByteArray();
        }

        public String text() {
            return new String(bytes(), StandardCharsets.UTF_8);
        }
    }

    public RawClient(int port) throws IOException {
        this(new Socket(InetAddress.getLoopbackAddress(), port));
    }

    /** A client on a connection that is there already, perhaps with TLS. */
    public RawClient(Socket socket) throws IOException {
        this.socket = socket;
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(MILLIS);
        in = new BufferedInputStream(socket.getInputStream());
    }

    /** Opens a connection, posts, reads the whole answer, closes. */
    public static Reply post(int port, String path, String body) throws IOException {
        try (RawClient client = new RawClient(port)) {
            return client.sendPost(path, body).read();
        }
    }

    /** Opens a connection, gets, reads the whole answer, closes. */
    public static Reply get(int port, String path) throws IOException {
        try (RawClient client = new RawClient(port)) {
            return client.send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n")
                    .read();
        }
    }

    public RawClient send(String text) throws IOException {
        return send(text.getBytes(StandardCharsets.UTF_8));
    }

    public RawClient send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        socket.getOutputStream().flush();
        return this;
    }

    public RawClient sendPost(String path, String body) throws IOException {
        return sendPost(path, body.getBytes(StandardCharsets.UTF_8));
    }

    public RawClient sendPost(String path, byte[] body) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(
                ("POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
                                + body.length + "\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
        out.writeBytes(body);
        return send(out.toByteArray());
    }

    /** Reads one whole answer to anything but HEAD. */
    public Reply read() throws IOException {
        return read(false);
    }

    /**
     * Reads one whole answer.
     *
     * @param toHead whether the request was HEAD, whose answer has no body
     */
    public Reply read(boolean toHead) throws IOException {
        Reply head = readHead();
        if (head.status() == 0 || toHead || head.status() == 204 || head.status() == 304) {
            return head;
        }
        List<byte[]> chunks = new ArrayList<>();
        boolean complete = false;
        try {
            if ("chunked".equals(head.field("Transfer-Encoding"))) {
                for (byte[] chunk = readChunk(); chunk.length > 0; chunk = readChunk()) {
                    chunks.add(chunk);
                }
                complete = true;
            } else if (head.field("Content-Length") != null) {
                int length = Integer.parseInt(head.field("Content-Length"));
                byte[] body = in.readNBytes(length);
                chunks.add(body);
                complete = body.length == length;
            } else {
                chunks.add(in.readAllBytes());
                complete = true;
            }
        } catch (EOFException e) {
            // Incomplete: said by the flag.
        }
        return new Reply(head.status(), head.fields(), chunks, complete);
    }

    /** Reads the head of an answer; its chunks are then read one by one. */
    public Reply readHead() throws IOException {
        String status = line();
        if (status == null) {
            return new Reply(0, List.of(), List.of(), false);
        }
        List<String> fields = new ArrayList<>();
        for (String line = line(); line != null && !line.isEmpty(); line = line()) {
            fields.add(line);
        }
        return new Reply(Integer.parseInt(status.split(" ", -1)[1]), fields, List.of(), true);
    }

    /** Reads so many bytes, or as many as come. */
    public byte[] readBytes(int count) throws IOException {
        return in.readNBytes(count);
    }

    /**
     * Reads one chunk; empty at the proper end of the body.
     *
     * @throws EOFException when the connection ends within the body
     */
    public byte[] readChunk() throws IOException {
        String size = line();
        if (size == null) {
            throw new EOFException();
        }
        int length = Integer.parseInt(size, 16);
        byte[] chunk = in.readNBytes(length);
        if (chunk.length < length || line() == null) {
            throw new EOFException();
        }
        return chunk;
    }

    private String line() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        while (true) {
            int b;
            try {
                b = in.read();
            } catch (java.net.SocketException e) {
                b = -1; // Reset: the end all the same.
            }
            if (b < 0) {
                return null;
            }
            if (b == '\n') {
                String text = out.toString(StandardCharsets.ISO_8859_1);
                return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
            }
            out.write(b);
        }
    }

    /** Waits for the server to close; false when it sent something else first. */
    public boolean awaitClose() throws IOException {
        try {
            return in.read() < 0;
        } catch (java.net.SocketException e) {
            return true;
        }
    }

    /** Bytes that came and were not read yet, without waiting. */
    public int available() throws IOException {
        return in.available();
    }

    /** Says that nothing more comes (FIN), and still reads. */
    public void shutdownOutput() throws IOException {
        socket.shutdownOutput();
    }

    /** Leaves with RST. */
    public void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
