package io.essaim.benchmarks.compare;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.essaim.benchmarks.compare.Candidate.Ports;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** A candidate that answers. Closing it ends its processes. */
final class RunningCandidate implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int LOG_TAIL = 20;

    private final Children children;
    private final int port;
    private final @Nullable Process process;

    private RunningCandidate(Children children, int port, @Nullable Process process) {
        this.children = children;
        this.port = port;
        this.process = process;
    }

    /** Starts it in a directory of its own, and waits until it answers both {@code GET /} and a chat. */
    static RunningCandidate start(Candidate candidate, int backendPort, Path directory, Children children)
            throws IOException, InterruptedException {
        Candidate.Launch launch = candidate.launch();
        if (launch == null) {
            return new RunningCandidate(children, backendPort, null);
        }
        Ports ports = new Ports(freePort(), backendPort);
        Path own = Files.createDirectories(directory.resolve(candidate.name()));
        Path log = own.resolve("output.txt");
        Process process = children.start(new ProcessBuilder(launch.command(ports, own))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile()));
        RunningCandidate running = new RunningCandidate(children, ports.own(), process);
        try {
            running.awaitAnswers(process);
        } catch (IOException e) {
            running.close();
            throw new IOException(e.getMessage() + "; it said:\n" + tail(log), e);
        }
        return running;
    }

    int port() {
        return port;
    }

    /** Empty for the way without a proxy. */
    OptionalLong pid() {
        return process == null ? OptionalLong.empty() : OptionalLong.of(process.pid());
    }

    @Override
    public void close() {
        if (process != null) {
            children.end(process);
        }
    }

    private void awaitAnswers(Process started) throws IOException, InterruptedException {
        HttpClient http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(Duration.ofSeconds(2))
                .build();
        URI root = URI.create("http://127.0.0.1:" + port + "/");
        String chat = "{\"model\":\"bench\",\"messages\":[{\"role\":\"user\",\"content\":\"Ready?\"}],\"stream\":true,"
                + "\"options\":{\"num_predict\":1}}";
        List<HttpRequest> questions = List.of(
                HttpRequest.newBuilder(root).timeout(Duration.ofSeconds(5)).build(),
                HttpRequest.newBuilder(root.resolve("/api/chat"))
                        .timeout(Duration.ofSeconds(5))
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(chat))
                        .build());
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        for (HttpRequest question : questions) {
            String answer = answer(http, question);
            while (!answer.equals("200")) {
                if (!started.isAlive()) {
                    throw new IOException("it ended with code " + started.exitValue());
                }
                if (System.nanoTime() > deadline) {
                    throw new IOException("not ready in time: " + question.method() + " "
                            + question.uri().getPath() + ": " + answer);
                }
                Thread.sleep(50);
                answer = answer(http, question);
            }
        }
    }

    private static String answer(HttpClient http, HttpRequest question) throws InterruptedException {
        try {
            return Integer.toString(
                    http.send(question, BodyHandlers.discarding()).statusCode());
        } catch (IOException e) {
            return e.toString();
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static String tail(Path log) throws IOException {
        List<String> lines = Files.readAllLines(log, ISO_8859_1);
        return String.join("\n", lines.subList(Math.max(0, lines.size() - LOG_TAIL), lines.size()));
    }
}
