package io.essaim.testing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A request of a real client, as it was captured. Long texts in it were replaced by filler, so that its length is not the
 * declared one any more: the declaration is corrected here.
 *
 * @param name file and line
 * @param tree the captured request
 */
public record Capture(String name, JsonNode tree) {
    private static final JsonMapper JSON = new JsonMapper();

    /** All captures among the test resources, by file and in their order. */
    public static List<Capture> all() {
        List<Capture> all = new ArrayList<>();
        try (Stream<Path> files = Files.list(Transcript.directory("captures"))) {
            for (Path file : files.sorted().toList()) {
                int line = 0;
                for (String text : Files.readAllLines(file)) {
                    line++;
                    all.add(new Capture(file.getFileName() + ":" + line, JSON.readTree(text)));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return all;
    }

    public String method() {
        return tree.path("method").asString();
    }

    public boolean posts() {
        return method().equals("POST");
    }

    public String url() {
        return tree.path("url").asString();
    }

    public String model() {
        return tree.path("body").path("model").asString();
    }

    public byte[] body() {
        return posts() ? JSON.writeValueAsBytes(tree.path("body")) : new byte[0];
    }

    /** Name and value of each field, as sent, the length corrected. */
    public List<String[]> fields() {
        List<String[]> fields = new ArrayList<>();
        JsonNode flat = tree.path("headers");
        for (int i = 0; i < flat.size(); i += 2) {
            String name = flat.path(i).asString();
            boolean length = name.equalsIgnoreCase("content-length");
            fields.add(new String[] {
                name,
                length ? Integer.toString(body().length) : flat.path(i + 1).asString()
            });
        }
        return fields;
    }

    /** The whole request. */
    public byte[] bytes() {
        StringBuilder head = new StringBuilder(method() + " " + url() + " HTTP/1.1\r\n");
        for (String[] field : fields()) {
            head.append(field[0]).append(": ").append(field[1]).append("\r\n");
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
        out.writeBytes(body());
        return out.toByteArray();
    }

    @Override
    public String toString() {
        return name;
    }
}
