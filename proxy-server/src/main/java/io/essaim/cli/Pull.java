package io.essaim.cli;

import io.essaim.api.Printable;
import io.essaim.config.BackendRule;
import io.essaim.model.ModelName;
import java.io.IOException;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** one model that one host is to download. */
record Pull(BackendRule host, ModelName model) {
    /** Checking gigabytes on a small board is silent work. */
    private static final Duration PATIENCE = Duration.ofMinutes(15);

    private static final int LONGEST_TEXT = 500;
    private static final JsonMapper JSON = new JsonMapper();

    /**
     * A step of it.
     *
     * @param status the host's words, safe to print
     * @param digest of the layer that is being downloaded; empty for other work
     * @param total size of the layer in bytes
     * @param completed how much of it is there, in bytes
     */
    record Step(String status, String digest, long total, long completed) {
        boolean ofLayer() {
            return !digest.isEmpty() && total > 0;
        }

        /** How much of the layer is there, 0 to 100. */
        int percent() {
            return (int) Math.max(0, Math.min(100, completed * 100.0 / total));
        }
    }

    /**
     * Lets the host download it, and waits for that.
     *
     * @param watcher told of every step, on this thread
     * @return why it failed, safe to print; null when the host has the model
     */
    @Nullable
    String run(HostClient client, Consumer<Step> watcher) throws InterruptedException {
        AnswerLines lines = new AnswerLines();
        try {
            client.pull(host, model, lines);
            return follow(lines, watcher);
        } catch (IOException e) {
            return Printable.of(String.valueOf(e.getMessage()), LONGEST_TEXT);
        } finally {
            lines.leave();
        }
    }

    private static @Nullable String follow(AnswerLines lines, Consumer<Step> watcher)
            throws IOException, InterruptedException {
        boolean succeeded = false;
        for (String text = lines.next(PATIENCE); text != null; text = lines.next(PATIENCE)) {
            if (text.isBlank()) {
                continue;
            }
            JsonNode line;
            try {
                line = JSON.readTree(text);
            } catch (JacksonException e) {
                return "it answered " + lines.status() + ": " + Printable.of(text, LONGEST_TEXT);
            }
            String error = line.path("error").asString("");
            if (!error.isEmpty()) {
                return Printable.of(error, LONGEST_TEXT);
            }
            Step step = step(line);
            succeeded = step.status.equals("success");
            if (!succeeded && lines.status() == 200) {
                watcher.accept(step);
            }
        }
        if (lines.status() != 200) {
            return "it answered " + lines.status();
        }
        return succeeded ? null : "it ended without saying that it succeeded";
    }

    private static Step step(JsonNode line) {
        return new Step(
                Printable.of(line.path("status").asString(""), LONGEST_TEXT),
                line.path("digest").asString(""),
                line.path("total").asLong(0),
                line.path("completed").asLong(0));
    }

    @Override
    public String toString() {
        return host.name() + ": " + model;
    }
}
