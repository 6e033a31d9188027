package io.essaim.clients;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** llama.cpp's server with a model that says one sentence to everything; it ends when this is closed, or the test dies. */
final class RealModel implements AutoCloseable {
    static final String NAME = "one-sentence";
    /** What it says, and no more: its twelve tokens are ten words, the full stop and the end. */
    static final String SENTENCE = "A swarm of small models is worth one large host.";

    private final Process process;
    private final String url;

    private RealModel(Process process, String url) {
        this.process = process;
        this.url = url;
    }

    /**
     * Starts it and waits until it listens.
     *
     * @param directory for the model's file and the server's log
     */
    static RealModel start(Path directory) throws IOException {
        Path log = directory.resolve("llama.log");
        ProcessBuilder builder = new ProcessBuilder("python3", "modelserver.py", directory.toString())
                .directory(PythonModules.FOLDER.toFile())
                .redirectError(log.toFile());
        builder.environment().putAll(PythonModules.settings("llamacpp"));
        Process process = builder.start();
        String url =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8)).readLine();
        if (url == null) {
            process.destroyForcibly();
        }
        assertThat(url).as("the server's address: %s", Needed.read(log)).isNotNull();
        return new RealModel(process, url);
    }

    String url() {
        return url;
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
