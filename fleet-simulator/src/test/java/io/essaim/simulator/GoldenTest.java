package io.essaim.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** Holds the simulator to transcripts of a real Ollama 0.15.2: each request is replayed byte by byte on a fresh host, the answers compared by structure. */
final class GoldenTest {
    private static final Path GOLDEN = Path.of("src/test/resources/golden");
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<String> GROUPS = List.of(
            "meta",
            "show",
            "v1-models",
            "chat",
            "generate",
            "embed",
            "v1-chat",
            "v1-completions",
            "v1-embeddings",
            "v1-images",
            "v1-responses",
            "v1-messages",
            "load",
            "manage",
            "http",
            "cors");

    private static final String CHATTY =
            "{\"model\":\"%s\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"stream\":false,\"options\":{\"num_predict\":1}}";

    /** Why a transcript is not compared. */
    private static final Map<String, String> EXCEPTIONS = Map.ofEntries(
            Map.entry(
                    "v1-images/not-image",
                    "the simulator has no image models and does not write a text without end for one"),
            Map.entry(
                    "v1-messages/stream-stop",
                    "when a model writes the stop word is its own choice: stop_reason differs"),
            Map.entry("chat/thinking", "how long a model thinks and speaks is its own choice: done_reason differs"),
            Map.entry(
                    "chat/thinking-whole", "how long a model thinks and speaks is its own choice: done_reason differs"),
            Map.entry("manage/create-files", "needs the very weights file; covered by ManagementTest with another"),
            Map.entry("http/length-and-chunked", "Netty refuses a message with both framings, which is safer than Go"),
            Map.entry("http/body-short", "nothing is answered; covered by LifecycleTest"),
            Map.entry("cors/list-allowed", "OLLAMA_ORIGINS cannot be set"),
            Map.entry("cors/star-get", "OLLAMA_ORIGINS cannot be set"),
            Map.entry("cors/star-preflight", "OLLAMA_ORIGINS cannot be set"));

    private static final String ZEROS = "\0".repeat(3_000_000);
    private static final String UPLOAD =
            "POST /api/blobs/sha256:e997afd18e5f6be004fc193aed2c90291e68ab2c7599a62538c935b7fca6ab0f hello blob";
    private static final String MAKE = "POST /api/create {\"model\":\"made4\",\"from\":\"tinyllama\"}";

    /** What is asked before a transcript, as the state that it was recorded in demands. */
    private static final Map<String, List<String>> BEFORE = Map.ofEntries(
            Map.entry("meta/ps-after-unload", List.of("POST /api/chat " + CHATTY.formatted("qwen2.5-coder:1.5b"))),
            Map.entry("meta/ps-one", List.of("POST /api/chat " + CHATTY.formatted("llama3.2"))),
            Map.entry(
                    "meta/ps-two",
                    List.of(
                            "POST /api/chat " + CHATTY.formatted("llama3.2"),
                            "POST /api/chat " + CHATTY.formatted("qwen2.5-coder:1.5b"))),
            Map.entry(
                    "load/alias-ps",
                    List.of(
                            "DELETE /api/delete {\"model\":\"llama3.2\"}",
                            "POST /api/copy {\"source\":\"llama3.2:1b\",\"destination\":\"llama3.2\"}",
                            "POST /api/chat " + CHATTY.formatted("llama3.2:1b"),
                            "POST /api/chat " + CHATTY.formatted("llama3.2"))),
            Map.entry("manage/blob-head", List.of(UPLOAD)),
            Map.entry("manage/blob-post-again", List.of(UPLOAD)),
            Map.entry(
                    "manage/blob-post-again-large",
                    List.of("POST /api/blobs/sha256:35bce4eae54ec8e6cc2868baa8d157914d6ae2858811b4cc0c078c94460fa26f "
                            + ZEROS)),
            Map.entry("manage/create-files-not-gguf", List.of(UPLOAD)),
            Map.entry(
                    "manage/delete-ok",
                    List.of("POST /api/copy {\"source\":\"tinyllama\",\"destination\":\"copied\"}")),
            Map.entry(
                    "manage/push-dead-registry",
                    List.of("POST /api/copy {\"source\":\"tinyllama\",\"destination\":\"127.0.0.1:1/me/mine\"}")),
            Map.entry("http/escaped-letter", List.of(MAKE)),
            Map.entry("http/escaped-slash", List.of(MAKE)));

    @TestFactory
    Stream<DynamicTest> transcripts() {
        return GROUPS.stream().flatMap(GoldenTest::files).map(file -> {
            String name = file.getParent().getFileName() + "/"
                    + file.getFileName().toString().replace(".json", "");
            return DynamicTest.dynamicTest(name, () -> replay(name, file));
        });
    }

    private static Stream<Path> files(String group) {
        try (Stream<Path> files = Files.list(GOLDEN.resolve(group))) {
            return files.sorted().toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void replay(String name, Path file) throws IOException {
        if (EXCEPTIONS.containsKey(name)) {
            org.junit.jupiter.api.Assumptions.abort(EXCEPTIONS.get(name));
        }
        JsonNode golden = JSON.readTree(Files.readString(file));
        JsonNode expected = golden.path("response");
        HostProfile profile = name.contains("empty") && (name.startsWith("meta") || name.startsWith("v1-models"))
                ? profile().withModels()
                : profile();
        try (SimulatedHost host = SimulatedHost.start(profile, "127.0.0.1", 0);
                Wire wire = new Wire(host.port())) {
            for (String call : BEFORE.getOrDefault(name, List.of())) {
                String[] parts = call.split(" ", 3);
                Wire.call(host, parts[0], parts[1], parts.length > 2 ? parts[2] : "");
            }
            wire.send(message(golden.path("request")));
            Wire.Answer actual = wire.answer(
                    golden.path("request").path("method").asString("").equals("HEAD"));
            assertThat(describe(actual)).as(name).isEqualTo(describe(expected));
        }
    }

    private static HostProfile profile() {
        return HostProfile.dev2()
                .withModels(
                        ModelSpec.text("llama3.2", 98_363_728, "134.52M", Capability.TOOLS)
                                .withContextLength(8192),
                        ModelSpec.text("llama3.2:1b", 98_363_728, "134.52M", Capability.TOOLS),
                        ModelSpec.text("qwen2.5-coder:1.5b", 98_363_728, "134.52M", Capability.INSERT),
                        ModelSpec.text("qwen3:0.6b", 98_363_728, "134.52M", Capability.THINKING),
                        ModelSpec.text("broken", 98_363_728, "134.52M"),
                        ModelSpec.text("tinyllama", 42_138, "10K").withContextLength(128),
                        ModelSpec.embedding("all-minilm", 45_949_702, "22.57M"))
                .withAnswerTokens(100, 200)
                .withTimeScale(500);
    }

    private static byte[] message(JsonNode request) {
        byte[] body = request.has("bodyBase64")
                ? Base64.getDecoder().decode(request.path("bodyBase64").asString())
                : request.path("body").asString("").getBytes(StandardCharsets.UTF_8);
        if (request.path("raw").asBoolean(false)) {
            return body;
        }
        if (request.has("bodyZeros")) {
            body = new byte[request.path("bodyZeros").asInt()];
        }
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        StringBuilder head = new StringBuilder();
        head.append(request.path("method").asString()).append(' ');
        head.append(request.path("target").asString())
                .append(' ')
                .append(request.path("version").asString())
                .append("\r\n");
        for (JsonNode field : request.path("head")) {
            head.append(field.get(0).asString())
                    .append(": ")
                    .append(field.get(1).asString())
                    .append("\r\n");
        }
        message.writeBytes(head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
        if (request.has("bodyChunkSizes")) {
            int at = 0;
            for (JsonNode size : request.path("bodyChunkSizes")) {
                int length = Math.min(size.asInt(), body.length - at);
                message.writeBytes((Integer.toHexString(length) + "\r\n").getBytes(StandardCharsets.US_ASCII));
                message.write(body, at, length);
                message.writeBytes("\r\n".getBytes(StandardCharsets.US_ASCII));
                at += length;
            }
            message.writeBytes("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        } else {
            message.writeBytes(body);
        }
        return message.toByteArray();
    }

    private static String describe(JsonNode expected) {
        List<String> lines = new ArrayList<>();
        lines.add(expected.path("statusLine").asString());
        for (JsonNode field : expected.path("head")) {
            String[] parts = field.isArray()
                    ? new String[] {field.get(0).asString(), field.get(1).asString()}
                    : field.asString().split(": ", 2);
            addField(lines, parts[0].toLowerCase(Locale.ROOT), parts[1]);
        }
        lines.add(expected.path("framing").asString());
        List<String> chunks = new ArrayList<>();
        for (JsonNode chunk : expected.path("chunks")) {
            chunks.add(chunk.path("text").asString(""));
        }
        lines.addAll(shapes(expected.path("framing").asString(), chunks));
        return String.join("\n", lines);
    }

    private static String describe(Wire.Answer actual) {
        List<String> lines = new ArrayList<>();
        lines.add(actual.head().statusLine());
        actual.head().fields().forEach((name, values) -> values.forEach(value -> addField(lines, name, value)));
        lines.add(actual.framing());
        lines.addAll(shapes(actual.framing(), actual.chunks()));
        return String.join("\n", lines);
    }

    /** Without chunks, lines stand for them. */
    private static List<String> shapes(String framing, List<String> chunks) {
        return Shape.of(
                framing.equals("close") ? List.of(String.join("", chunks).split("(?<=\n)", -1)) : chunks);
    }

    /** The time and the length of a body of volatile values differ. */
    private static void addField(List<String> lines, String name, String value) {
        lines.add(name + ": " + (name.equals("date") || name.equals("content-length") ? "*" : value));
    }
}
