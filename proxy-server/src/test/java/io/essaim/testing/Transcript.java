package io.essaim.testing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * One exchange with a real Ollama, as it was recorded on the wire.
 *
 * @param name group and name of the recording
 * @param tree the whole recording
 */
public record Transcript(String name, JsonNode tree) {
    private static final JsonMapper JSON = new JsonMapper();

    /** All recordings among the test resources, by name. */
    public static List<Transcript> all() {
        return all("golden");
    }

    private static List<Transcript> all(String directory) {
        return all(directory(directory));
    }

    private static List<Transcript> all(Path directory) {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(file -> file.toString().endsWith(".json"))
                    .sorted()
                    .map(Transcript::load)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static Transcript of(String name) {
        return load(directory("golden").resolve(name + ".json"));
    }

    static Path directory(String name) {
        try {
            return Path.of(Objects.requireNonNull(Transcript.class.getResource("/" + name), name)
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Transcript load(Path file) {
        JsonNode tree = JSON.readTree(file);
        return new Transcript(tree.path("name").asString(), tree);
    }

    public String path() {
        return tree.path("request").path("target").asString();
    }

    public String method() {
        return tree.path("request").path("method").asString();
    }

    /** Recordings of routes that manage models, by name; they are kept with the simulator, which is held to them too. */
    public static List<Transcript> managing() {
        return all(Path.of("..", "fleet-simulator", "src", "test", "resources", "golden", "manage"));
    }

    /** A field of the recorded answer, or null. */
    public @Nullable String field(String name) {
        return fields().stream()
                .filter(field -> field.regionMatches(true, 0, name + ": ", 0, name.length() + 2))
                .map(field -> field.substring(name.length() + 2))
                .findFirst()
                .orElse(null);
    }

    /** Recordings of routes that need no backend, by name. */
    public static List<Transcript> local() {
        return all("golden-local");
    }

    public String body() {
        return tree.path("request").path("body").asString();
    }

    public byte[] bodyBytes() {
        int zeros = tree.path("request").path("bodyZeros").asInt(0);
        return zeros > 0 ? new byte[zeros] : body().getBytes(StandardCharsets.UTF_8);
    }

    public boolean http10() {
        return tree.path("request").path("version").asString().equals("HTTP/1.0");
    }

    /** The request as it was sent: request line, fields in their order and case, body in its chunks. */
    public byte[] requestBytes() {
        JsonNode request = tree.path("request");
        StringBuilder head = new StringBuilder(
                method() + " " + path() + " " + request.path("version").asString() + "\r\n");
        for (JsonNode field : request.path("head")) {
            head.append(field.path(0).asString())
                    .append(": ")
                    .append(field.path(1).asString())
                    .append("\r\n");
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
        JsonNode sizes = request.path("bodyChunkSizes");
        byte[] body = bodyBytes();
        if (!sizes.isArray()) {
            out.writeBytes(body);
            return out.toByteArray();
        }
        int at = 0;
        for (JsonNode size : sizes) {
            out.writeBytes((Integer.toHexString(size.asInt()) + "\r\n").getBytes(StandardCharsets.US_ASCII));
            out.write(body, at, size.asInt());
            out.writeBytes("\r\n".getBytes(StandardCharsets.US_ASCII));
            at += size.asInt();
        }
        out.writeBytes("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        return out.toByteArray();
    }

    public int status() {
        return Integer.parseInt(
                tree.path("response").path("statusLine").asString().split(" ", -1)[1]);
    }

    /** {@code chunked}, {@code content-length} or {@code close}. */
    public String framing() {
        return tree.path("response").path("framing").asString();
    }

    /** Whether the framing of the recorded answer came to its end. */
    public boolean complete() {
        return tree.path("response").path("complete").asBoolean();
    }

    /** The head of the answer, up to and with the empty line. */
    public String head() {
        StringBuilder head =
                new StringBuilder(tree.path("response").path("statusLine").asString() + "\r\n");
        fields().forEach(field -> head.append(field).append("\r\n"));
        return head.append("\r\n").toString();
    }

    /** The answer's field lines as received. */
    public List<String> fields() {
        List<String> fields = new ArrayList<>();
        for (JsonNode field : tree.path("response").path("head")) {
            fields.add(field.path(0).asString() + ": " + field.path(1).asString());
        }
        return fields;
    }

    /** The chunks of the answer, or its reads. */
    public List<String> chunks() {
        List<String> chunks = new ArrayList<>();
        for (JsonNode chunk : tree.path("response").path("chunks")) {
            chunks.add(chunk.path("text").asString());
        }
        return chunks;
    }

    public String payload() {
        return String.join("", chunks());
    }

    public boolean streamed() {
        String type = fields().stream()
                .filter(f -> f.toLowerCase(Locale.ROOT).startsWith("content-type:"))
                .findFirst()
                .orElse("");
        return type.contains("event-stream") || type.contains("x-ndjson");
    }

    /** Plays the recorded answer: its head, its chunks one by one, and its end as it was. */
    public void play(ScriptedBackend.Line line) throws IOException {
        line.send(head());
        for (String chunk : chunks()) {
            if (framing().equals("chunked")) {
                line.chunk(chunk);
            } else {
                line.send(chunk);
            }
        }
        if (framing().equals("chunked") && complete()) {
            line.send("0\r\n\r\n");
        }
        if (!complete() || framing().equals("close") || fields().contains("Connection: close")) {
            line.close();
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
