package io.essaim.cli;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The command in a JVM of its own, for what only a process has: signals, environment, log. Closing it kills it. */
final class Child implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Pattern LISTENING = Pattern.compile("listening on 127\\.0\\.0\\.1:(\\d+)");

    private final Process process;
    private final Path err;

    private Child(Process process, Path err) {
        this.process = process;
        this.err = err;
    }

    /** Starts the command; standard error goes to a file in that directory. */
    static Child start(Path directory, String... args) throws IOException {
        return start(directory, List.of(), Map.of(), args);
    }

    /**
     * The same under another program.
     *
     * @param under the command line of that program, to which the one of the child is added
     * @param environment further variables
     */
    static Child start(Path directory, List<String> under, Map<String, String> environment, String... args)
            throws IOException {
        List<String> line = new ArrayList<>(under);
        line.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                // It lives for seconds: compiling and collecting well would cost more than they bring.
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
        line.addAll(List.of(args));
        Path err = Files.createTempFile(directory, "stderr", ".txt");
        ProcessBuilder builder =
                new ProcessBuilder(line).redirectError(err.toFile()).redirectOutput(ProcessBuilder.Redirect.DISCARD);
        builder.environment().keySet().removeIf(name -> name.startsWith("ESSAIM_") || name.endsWith("_API_KEY"));
        builder.environment().put("STATE_DIRECTORY", directory.resolve("state").toString());
        builder.environment().putAll(environment);
        return new Child(builder.start(), err);
    }

    /** The port that it says it listens on. */
    int port() {
        await().atMost(PATIENCE).until(() -> LISTENING.matcher(err()).find() || !process.isAlive());
        Matcher listening = LISTENING.matcher(err());
        if (!listening.find()) {
            throw new AssertionError("it does not listen: " + err());
        }
        return Integer.parseInt(listening.group(1));
    }

    /** Standard error so far. */
    String err() {
        try {
            return Files.readString(err);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Waits until it has said this. */
    void says(String part) {
        await(part).atMost(PATIENCE).until(() -> err().contains(part));
    }

    /** SIGTERM, which is handled as Ctrl-C is. */
    void terminate() {
        process.toHandle().destroy();
    }

    /** Sends another signal, named without SIG. */
    void signal(String name) throws IOException, InterruptedException {
        int code = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                .start()
                .waitFor();
        if (code != 0) {
            throw new AssertionError("kill -" + name + " ended with " + code);
        }
    }

    int exitCode() throws InterruptedException {
        if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
            throw new AssertionError("it does not end: " + err());
        }
        return process.exitValue();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
