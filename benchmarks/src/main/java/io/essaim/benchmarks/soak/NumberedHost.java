package io.essaim.benchmarks.soak;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An Ollama that streams {@link Numbered} frames and fails now and then: it refuses, breaks off, falls silent for a while. The prompt says
 * the stream's id and how many frames: {@code id=x7 frames=50}. A thread per connection.
 */
final class NumberedHost implements AutoCloseable {
    private static final Pattern ASKED = Pattern.compile("id=([A-Za-z0-9-]+) frames=(\\d+) pause=(\\d+)");
    private static final Pattern LENGTH = Pattern.compile("(?im)^content-length: *(\\d+)");
    private static final int LONGEST_HEAD = 64 * 1024;

    private final ServerSocket listener;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final Random chance;
    private final double faulty;

    /** @param faulty share of requests that fail */
    NumberedHost(long seed, double faulty) throws IOException {
        this.listener = new ServerSocket(0, 1024, InetAddress.getLoopbackAddress());
        this.chance = new Random(seed);
        this.faulty = faulty;
        start("host-" + listener.getLocalPort(), this::accept);
    }

    String url() {
        return "http://127.0.0.1:" + listener.getLocalPort();
    }

    private static void start(String name, Runnable work) {
        Thread thread = new Thread(null, work, name, 128 * 1024);
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        try {
            while (!listener.isClosed()) {
                Socket socket = listener.accept();
                open.add(socket);
                start("host-connection", () -> serve(socket));
            }
        } catch (IOException e) {
            // Closed.
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            socket.setTcpNoDelay(true);
            InputStream in = new BufferedInputStream(socket.getInputStream());
            boolean goesOn = true;
            while (goesOn) {
                String head = head(in);
                goesOn = !head.isEmpty() && answer(socket, head, body(in, head));
            }
        } catch (IOException | InterruptedException e) {
            // Who left, left.
        } finally {
            open.remove(socket);
        }
    }

    private static String head(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            if (next < 0 || head.length() > LONGEST_HEAD) {
                return "";
            }
            head.append((char) next);
        }
        return head.toString();
    }

    /** The last kilobytes: what is asked stands at the end. */
    private static String body(InputStream in, String head) throws IOException {
        Matcher length = LENGTH.matcher(head);
        long left = length.find() ? Long.parseLong(length.group(1)) : 0;
        byte[] piece = new byte[8192];
        byte[] tail = {};
        while (left > 0) {
            int n = in.read(piece, 0, (int) Math.min(piece.length, left));
            if (n < 0) {
                throw new SocketException("cut");
            }
            byte[] all = new byte[Math.min(tail.length + n, 2 * piece.length)];
            int kept = all.length - n;
            System.arraycopy(tail, tail.length - kept, all, 0, kept);
            System.arraycopy(piece, 0, all, kept, n);
            tail = all;
            left -= n;
        }
        return new String(tail, StandardCharsets.ISO_8859_1);
    }

    private boolean answer(Socket socket, String head, String body) throws IOException, InterruptedException {
        OutputStream out = socket.getOutputStream();
        if (head.startsWith("GET /api/version")) {
            return json(out, "{\"version\":\"0.15.2\"}");
        }
        if (head.startsWith("GET /api/tags")) {
            return json(
                    out,
                    "{\"models\":[{\"name\":\"m:latest\",\"model\":\"m:latest\",\"size\":1000,\"digest\":\"42\"}]}");
        }
        if (head.startsWith("GET /api/ps")) {
            return json(
                    out,
                    "{\"models\":[{\"name\":\"m:latest\",\"model\":\"m:latest\",\"size\":1000,\"digest\":\"42\"}]}");
        }
        Matcher asked = ASKED.matcher(body);
        if (!asked.find()) {
            return json(out, Numbered.last(0));
        }
        return stream(socket, out, asked);
    }

    private static boolean json(OutputStream out, String text) throws IOException {
        send(
                out,
                String.format(
                        Locale.ROOT,
                        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
                        text.length(),
                        text));
        return true;
    }

    private boolean stream(Socket socket, OutputStream out, Matcher asked) throws IOException, InterruptedException {
        int frames = Integer.parseInt(asked.group(2));
        long pause = Long.parseLong(asked.group(3));
        int fault;
        int at;
        synchronized (chance) {
            fault = chance.nextDouble() < faulty ? chance.nextInt(4) : -1;
            at = chance.nextInt(frames);
        }
        if (fault == 0) {
            send(out, "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 24\r\n\r\n{\"error\":\"server busy\"} \n");
            return true;
        }
        send(out, "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n");
        for (int i = 0; i < frames; i++) {
            if (i == at && fault == 1) {
                socket.setSoLinger(true, 0); // RST
                return false;
            } else if (i == at && fault == 2) {
                return false; // FIN
            } else if (i == at && fault == 3) {
                Thread.sleep(500);
            }
            chunk(out, Numbered.frame(asked.group(1), i));
            if (pause > 0) {
                Thread.sleep(pause);
            }
        }
        chunk(out, Numbered.last(frames));
        send(out, "0\r\n\r\n");
        return true;
    }

    private static void chunk(OutputStream out, String text) throws IOException {
        send(out, Integer.toHexString(text.length()) + "\r\n" + text + "\r\n");
    }

    private static void send(OutputStream out, String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.ISO_8859_1));
        out.flush();
    }

    @Override
    public void close() throws IOException {
        listener.close();
        for (Socket socket : open) {
            socket.close();
        }
    }
}
