package io.essaim.benchmarks.soak;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** One request on a connection of its own, and its answer as it comes. Blocking. */
final class Answer implements Closeable {
    private static final int PATIENCE_MILLIS = 60_000;

    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;
    private long chunkLeft;
    private boolean first = true;
    private boolean ended;

    Answer(int port) throws IOException {
        this.socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(PATIENCE_MILLIS);
        this.in = new BufferedInputStream(socket.getInputStream());
        this.out = socket.getOutputStream();
    }

    void send(String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.ISO_8859_1));
        out.flush();
    }

    void send(byte[] bytes, int length) throws IOException {
        out.write(bytes, 0, length);
    }

    /** The status, once the head was read. */
    int status() throws IOException {
        String line = headLine();
        while (!headLine().isEmpty()) {
            // Its fields say nothing that matters here.
        }
        return Integer.parseInt(line.split(" ", 3)[1]);
    }

    private String headLine() throws IOException {
        StringBuilder line = new StringBuilder();
        int next = in.read();
        while (next != '\n') {
            if (next < 0) {
                throw new IOException("it closed the connection without an answer");
            }
            line.append((char) next);
            next = in.read();
        }
        return line.toString().strip();
    }

    /** The next line of a chunked body, without its newline; null at its end, proper or not. */
    @Nullable
    String line() throws IOException {
        StringBuilder line = new StringBuilder();
        while (true) {
            int next = payload();
            if (next < 0) {
                return line.isEmpty() ? null : line.toString();
            }
            if (next == '\n') {
                return line.toString();
            }
            line.append((char) next);
        }
    }

    private int payload() throws IOException {
        if (ended) {
            return -1;
        }
        if (chunkLeft == 0 && !nextChunk()) {
            return -1;
        }
        chunkLeft--;
        return in.read();
    }

    private boolean nextChunk() throws IOException {
        try {
            if (!first) {
                headLine();
            }
            first = false;
            chunkLeft = Long.parseLong(headLine(), 16);
            ended = chunkLeft == 0;
            return !ended;
        } catch (IOException | NumberFormatException e) {
            return false; // Cut.
        }
    }

    /** Whether the last chunk came. */
    boolean proper() {
        return ended;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
