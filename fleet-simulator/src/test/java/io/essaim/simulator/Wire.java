package io.essaim.simulator;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A raw HTTP client: what it shows is what was on the wire. */
final class Wire implements Closeable {
    private static final int PATIENCE_MILLIS = 20_000;

    private final Socket socket;
    private final InputStream in;

    Wire(int port) throws IOException {
        socket = new Socket();
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), PATIENCE_MILLIS);
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(PATIENCE_MILLIS);
        in = socket.getInputStream();
    }

    record Head(String statusLine, Map<String, List<String>> fields) {
        String first(String name) {
            List<String> values = fields.get(name);
            return values == null ? "" : values.get(0);
        }

        int status() {
            return Integer.parseInt(statusLine.split(" ", 3)[1]);
        }
    }

    record Answer(Head head, String framing, List<String> chunks) {
        String body() {
            return String.join("", chunks);
        }

        int status() {
            return head.status();
        }
    }

    static Answer call(SimulatedHost host, String method, String path, String body) {
        try (Wire wire = new Wire(host.port())) {
            wire.send(method, path, body);
            return wire.answer(method.equals("HEAD"));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    static Answer post(SimulatedHost host, String path, String body) {
        return call(host, "POST", path, body);
    }

    static Answer get(SimulatedHost host, String path) {
        return call(host, "GET", path, "");
    }

    void send(String method, String path, String body, String... fields) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        StringBuilder head = new StringBuilder(method + " " + path + " HTTP/1.1\r\nHost: localhost\r\n");
        for (String field : fields) {
            head.append(field).append("\r\n");
        }
        if (bytes.length > 0) {
            head.append("Content-Length: ").append(bytes.length).append("\r\n");
        }
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        message.write(head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
        message.write(bytes);
        send(message.toByteArray());
    }

    void send(byte[] message) throws IOException {
        socket.getOutputStream().write(message);
        socket.getOutputStream().flush();
    }

    Answer answer(boolean toHead) throws IOException {
        Head head = head();
        while (head.status() == 100) {
            head = head();
        }
        int status = head.status();
        if (toHead || status == 204 || status == 304) {
            return new Answer(head, "none", List.of());
        }
        if (head.first("transfer-encoding").equals("chunked")) {
            return new Answer(head, "chunked", chunks());
        }
        if (head.fields().containsKey("content-length")) {
            byte[] body = in.readNBytes(Integer.parseInt(head.first("content-length")));
            return new Answer(head, "content-length", body.length == 0 ? List.of() : List.of(text(body)));
        }
        return new Answer(head, "close", List.of(text(in.readAllBytes())));
    }

    Head head() throws IOException {
        String statusLine = line();
        Map<String, List<String>> fields = new LinkedHashMap<>();
        for (String field = line(); !field.isEmpty(); field = line()) {
            int colon = field.indexOf(':');
            fields.computeIfAbsent(field.substring(0, colon).toLowerCase(Locale.ROOT), name -> new ArrayList<>())
                    .add(field.substring(colon + 1).strip());
        }
        return new Head(statusLine, fields);
    }

    private List<String> chunks() throws IOException {
        List<String> chunks = new ArrayList<>();
        for (String chunk = chunk(); !chunk.isEmpty(); chunk = chunk()) {
            chunks.add(chunk);
        }
        return chunks;
    }

    /** The next chunk, empty at the end. */
    String chunk() throws IOException {
        int size = Integer.parseInt(line(), 16);
        byte[] chunk = in.readNBytes(size);
        if (chunk.length < size) {
            throw new IOException("cut in a chunk");
        }
        line();
        return text(chunk);
    }

    /** The next byte, or -1 at the end of the connection. */
    int read() throws IOException {
        return in.read();
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        int b = in.read();
        while (b >= 0 && b != '\n') {
            line.write(b);
            b = in.read();
        }
        if (b < 0) {
            throw new IOException("closed after '" + line.toString(StandardCharsets.UTF_8) + "'");
        }
        String text = line.toString(StandardCharsets.UTF_8);
        return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
    }

    void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
