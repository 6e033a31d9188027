package io.essaim.testing;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;

/**
 * A backend that does exactly what its script says, byte for byte, on real sockets. Probes are answered by itself, so that a
 * script sees only the requests of the test. Plain blocking Java, so that it shares nothing with what it tests.
 */
public final class ScriptedBackend implements AutoCloseable {
    private static final Set<String> PROBES = Set.of("/api/version", "/api/tags", "/api/ps");
    /** What it says to the proxy's own question of how large a context its models can have. */
    public static final int LARGEST_CONTEXT = 131_072;

    private static final Set<String> LOADS = Set.of("/api/generate", "/api/embed");

    /** What to do with one request. */
    @FunctionalInterface
    public interface Script {
        void play(Line line) throws IOException, InterruptedException;
    }

    /**
     * A request as it came.
     *
     * @param head request line and fields with their CRLFs, without the empty line
     * @param body the body as declared by Content-Length
     * @param connection ordinal of the connection, from 1
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record Recorded(String head, byte[] body, int connection) {
        public String requestLine() {
            return head.substring(0, head.indexOf("\r\n"));
        }

        public String bodyText() {
            return new String(body, StandardCharsets.UTF_8);
        }

        /** The value of a field, or null. */
        public String field(String name) {
            for (String line : head.split("\r\n", -1)) {
                if (line.toLowerCase(Locale.ROOT).startsWith(name.toLowerCase(Locale.ROOT) + ":")) {
                    return line.substring(name.length() + 1).strip();
                }
            }
            return null;
        }
    }

    private final ServerSocket listener;
    private final Thread accepting;
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();
    private final List<Recorded> requests = new CopyOnWriteArrayList<>();
    private final List<Recorded> loads = new CopyOnWriteArrayList<>();
    private final Set<String> models = ConcurrentHashMap.newKeySet();
    private final AtomicInteger connections = new AtomicInteger();
    private final AtomicInteger departures = new AtomicInteger();
    private volatile Script script =
            line -> line.send("HTTP/1.1 500 Internal Server Error\r\nContent-Length: 2\r\n\r\n{}");
    private volatile Script loading = line -> line.json("{\"done\":true,\"done_reason\":\"load\"}");
    private final Set<String> remotes = ConcurrentHashMap.newKeySet();
    private volatile boolean probesSilent;
    private volatile boolean probesScripted;
    private volatile boolean cold;
    private volatile String digest = "42d70b4958b0";

    private final boolean secure;

    private ScriptedBackend(ServerSocket listener, boolean secure) {
        this.listener = listener;
        this.secure = secure;
        accepting = new Thread(this::accept, "scripted-" + listener.getLocalPort());
        accepting.setDaemon(true);
        accepting.start();
    }

    /** A backend that says it has these models. */
    public static ScriptedBackend with(String... names) {
        try {
            return saying(new ScriptedBackend(bound(new ServerSocket()), false), names);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The same behind TLS; its URL is that of localhost. */
    public static ScriptedBackend secure(SSLContext tls, String... names) {
        try {
            ServerSocket listener = tls.getServerSocketFactory().createServerSocket();
            return saying(new ScriptedBackend(bound(listener), true), names);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** On a free port, which {@link #kill} can keep from other tests without a gap. */
    private static ServerSocket bound(ServerSocket listener) throws IOException {
        listener.setOption(StandardSocketOptions.SO_REUSEPORT, true);
        listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 512);
        return listener;
    }

    private static ScriptedBackend saying(ScriptedBackend backend, String... names) {
        backend.models.addAll(List.of(names));
        return backend;
    }

    public ScriptedBackend plays(Script newScript) {
        script = newScript;
        return this;
    }

    /** Answers the proxy's own requests to load a model; else they are answered at once. */
    public ScriptedBackend loads(Script newScript) {
        loading = newScript;
        return this;
    }

    /** From now on it says it has this model too. */
    public void install(String model) {
        models.add(model);
    }

    /** From now on it does not say that it has this model. */
    public void uninstall(String model) {
        models.remove(model);
    }

    /** From now on it says that no model is in memory; else all of its models are. */
    public ScriptedBackend cold(boolean nothingLoaded) {
        cold = nothingLoaded;
        return this;
    }

    /** From now on its models have this digest. */
    public void digest(String newDigest) {
        digest = newDigest;
    }

    /** From now on probes get no answer, as from a host that is stopped. */
    public void silenceProbes(boolean silent) {
        probesSilent = silent;
    }

    /** From now on its script answers probes too. */
    public void scriptProbes(boolean scripted) {
        probesScripted = scripted;
    }

    /** From now on it says that it has this model from elsewhere, as a cloud's. */
    public ScriptedBackend remote(String model) {
        models.add(model);
        remotes.add(model);
        return this;
    }

    public int port() {
        return listener.getLocalPort();
    }

    public URI url() {
        return URI.create((secure ? "https://localhost:" : "http://127.0.0.1:") + port());
    }

    /** The proxy's own requests to load a model. */
    public List<Recorded> loads() {
        return loads;
    }

    /** The requests of the test so far, without probes and loads. */
    public List<Recorded> requests() {
        return requests;
    }

    /** How many connections were made to it so far. */
    public int connections() {
        return connections.get();
    }

    /** How many scripts saw their client leave (by {@link Line#awaitDeparture}). */
    public int departures() {
        return departures.get();
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = listener.accept();
                socket.setTcpNoDelay(true);
                sockets.add(socket);
                if (listener.isClosed()) { // Killed meanwhile, and perhaps without this one.
                    reset(socket);
                }
                int ordinal = connections.incrementAndGet();
                Thread thread = new Thread(() -> serve(socket, ordinal), "scripted-line-" + ordinal);
                thread.setDaemon(true);
                thread.start();
            }
        } catch (IOException e) {
            // Closed.
        }
    }

    private void serve(Socket socket, int ordinal) {
        try (socket) {
            InputStream in = new BufferedInputStream(socket.getInputStream());
            Line line = new Line(socket, in);
            for (Recorded request = read(in, ordinal); request != null; request = read(in, ordinal)) {
                String path = request.requestLine().split(" ", -1)[1];
                if (PROBES.contains(path) && probesScripted) {
                    line.request = request;
                    script.play(line);
                } else if (PROBES.contains(path) && request.requestLine().startsWith("GET")) {
                    probe(path, line);
                } else if (path.equals("/api/show") && "essaim".equals(request.field("user-agent"))) {
                    line.json("{\"model_info\":{\"llama.context_length\":" + LARGEST_CONTEXT + "}}");
                } else if (LOADS.contains(path) && "essaim".equals(request.field("user-agent"))) {
                    loads.add(request);
                    line.request = request;
                    loading.play(line);
                } else {
                    requests.add(request);
                    line.request = request;
                    script.play(line);
                }
                if (socket.isClosed()) {
                    return;
                }
            }
        } catch (IOException | InterruptedException e) {
            // The other side left; what that means is the test's business.
        }
    }

    private void probe(String path, Line line) throws IOException, InterruptedException {
        if (probesSilent) {
            new CountDownLatch(1).await(60, TimeUnit.SECONDS);
        }
        StringBuilder rows = new StringBuilder();
        for (String model : models) {
            if (remotes.contains(model) && path.equals("/api/ps")) {
                continue; // Nothing of it is in memory.
            }
            rows.append(rows.isEmpty() ? "" : ",")
                    .append(
                            "{\"name\":\"" + model + "\",\"model\":\"" + model + "\""
                                    + (remotes.contains(model)
                                            ? ",\"remote_model\":\"gpt-oss:120b\",\"remote_host\":\"https://ollama.com:443\""
                                            : "")
                                    + ",\"modified_at\":\"2026-02-02T08:48:00+01:00\",\"size\":98363728,\"digest\":\""
                                    + digest + "\","
                                    + "\"details\":{\"parent_model\":\"\",\"format\":\"gguf\",\"family\":\"llama\","
                                    + "\"families\":[\"llama\"],\"parameter_size\":\"134.52M\",\"quantization_level\":\"Q4_1\"}}");
        }
        String body = switch (path) {
            case "/api/version" -> "{\"version\":\"0.15.2\"}";
            case "/api/tags" -> "{\"models\":[" + rows + "]}";
            default -> "{\"models\":[" + (cold ? "" : rows) + "]}";
        };
        line.json(body);
    }

    private static Recorded read(InputStream in, int ordinal) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
            int b = in.read();
            if (b < 0) {
                return null;
            }
            head.write(b);
        }
        String text = head.toString(StandardCharsets.ISO_8859_1);
        Recorded bare = new Recorded(text.substring(0, text.length() - 2), new byte[0], ordinal);
        String length = bare.field("content-length");
        byte[] body = length == null ? new byte[0] : in.readNBytes(Integer.parseInt(length));
        return new Recorded(bare.head(), body, ordinal);
    }

    /** The script's end of one connection. */
    public final class Line {
        private final Socket socket;
        private final InputStream in;
        private Recorded request;

        private Line(Socket socket, InputStream in) {
            this.socket = socket;
            this.in = in;
        }

        public Recorded request() {
            return request;
        }

        /** The backend at this end. */
        public ScriptedBackend host() {
            return ScriptedBackend.this;
        }

        public void send(String text) throws IOException {
            send(text.getBytes(StandardCharsets.UTF_8));
        }

        public void send(byte[] bytes) throws IOException {
            OutputStream out = socket.getOutputStream();
            out.write(bytes);
            out.flush();
        }

        /** A whole good answer with this payload. */
        public void json(String payload) throws IOException {
            json("200 OK", payload);
        }

        /** A whole answer with this status and payload. */
        public void json(String status, String payload) throws IOException {
            byte[] bytes = payload.getBytes(StandardCharsets.UTF_8);
            send("HTTP/1.1 " + status + "\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: "
                    + bytes.length + "\r\n\r\n" + payload);
        }

        /** Fixes the kernel's buffer of what was sent and not received, which else grows to megabytes. */
        public void sendBuffer(int bytes) throws IOException {
            socket.setSendBufferSize(bytes);
        }

        /** One HTTP chunk with this payload. */
        public void chunk(String payload) throws IOException {
            send(ScriptedBackend.chunk(payload));
        }

        /** Waits until the test opens the gate. */
        public void await(CountDownLatch gate) throws InterruptedException {
            if (!gate.await(30, TimeUnit.SECONDS)) {
                throw new IllegalStateException("the gate was never opened");
            }
        }

        /** Waits until the other side closes the connection. */
        public void awaitDeparture() throws IOException {
            try {
                while (in.read() >= 0) {
                    // What comes is not for us.
                }
            } finally {
                departures.incrementAndGet();
                socket.close();
            }
        }

        /** Ends with FIN. */
        public void close() throws IOException {
            socket.close();
        }

        /** Ends with RST. */
        public void reset() throws IOException {
            ScriptedBackend.reset(socket);
        }
    }

    /** The bytes of one HTTP chunk. */
    public static byte[] chunk(String payload) {
        byte[] bytes = payload.getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes((Integer.toHexString(bytes.length) + "\r\n").getBytes(StandardCharsets.US_ASCII));
        out.writeBytes(bytes);
        out.writeBytes("\r\n".getBytes(StandardCharsets.US_ASCII));
        return out.toByteArray();
    }

    /** Ends abruptly: every connection is reset, and new ones are refused. Nobody else gets the port before it is closed. */
    public void kill() throws IOException {
        InetSocketAddress address = new InetSocketAddress(listener.getInetAddress(), listener.getLocalPort());
        Socket holder = new Socket();
        holder.setOption(StandardSocketOptions.SO_REUSEPORT, true);
        holder.bind(address); // It does not listen, so connections are refused once the listener is closed.
        listener.close();
        awaitClosed();
        for (Socket socket : sockets) {
            if (!socket.isClosed()) {
                reset(socket);
            }
        }
        sockets.add(holder);
    }

    /** The port is taken until nobody waits for connections any more. */
    private void awaitClosed() {
        try {
            accepting.join(10_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void reset(Socket socket) throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    @Override
    public void close() {
        try {
            listener.close();
            for (Socket socket : sockets) {
                socket.close();
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
