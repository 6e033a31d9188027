package io.essaim.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * One line of the corpus of hostile messages. One character of {@code raw} is one byte; directives stand between U+27E6 and
 * U+27E7.
 */
public record HostileRow(String id, String category, String raw, String expect, String note) {
    /** What a row does, one after the other. */
    public sealed interface Act {}

    public record Send(byte[] bytes) implements Act {
        public Send(String latin1) {
            this(latin1.getBytes(StandardCharsets.ISO_8859_1));
        }
    }

    /** Wait for an answer, a little while. */
    public record Pause() implements Act {}

    public record HalfClose() implements Act {}

    public record Reset() implements Act {}

    /** The whole corpus. */
    public static List<HostileRow> all() {
        JsonMapper mapper = JsonMapper.shared();
        List<HostileRow> rows = new ArrayList<>();
        try (BufferedReader in = new BufferedReader(new InputStreamReader(
                HostileRow.class.getResourceAsStream("/hostile/corpus.jsonl"), StandardCharsets.UTF_8))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                JsonNode row = mapper.readTree(line);
                rows.add(new HostileRow(
                        row.get("id").asString(),
                        row.get("category").asString(),
                        row.get("raw").asString(),
                        row.get("expect").asString(),
                        row.get("note").asString()));
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        return rows;
    }

    /** Whether it sends a byte now and then for long, which is for a test with a clock of its own. */
    public boolean drips() {
        return raw.contains("\u27e6DRIP");
    }

    public boolean isHead() {
        return raw.startsWith("HEAD ");
    }

    /** What to do; neighbouring bytes are one {@link Send}. */
    public List<Act> acts() {
        List<Act> acts = new ArrayList<>();
        StringBuilder bytes = new StringBuilder();
        int at = 0;
        while (at < raw.length()) {
            int open = raw.indexOf('\u27e6', at);
            if (open < 0) {
                bytes.append(raw, at, raw.length());
                break;
            }
            bytes.append(raw, at, open);
            int close = raw.indexOf('\u27e7', open);
            String[] words = raw.substring(open + 1, close).split(" ", 3);
            switch (words[0]) {
                case "REPEAT" -> bytes.append(words[2].repeat(Integer.parseInt(words[1])));
                case "RANDOM" -> bytes.append(random(Integer.parseInt(words[1]), Integer.parseInt(words[2])));
                default -> {
                    flush(bytes, acts);
                    acts.add(
                            switch (words[0]) {
                                case "FIN" -> new HalfClose();
                                case "RST" -> new Reset();
                                case "PAUSE" -> new Pause();
                                default -> throw new IllegalArgumentException(id + ": " + words[0]);
                            });
                }
            }
            at = close + 1;
        }
        flush(bytes, acts);
        return acts;
    }

    private static void flush(StringBuilder bytes, List<Act> acts) {
        if (!bytes.isEmpty()) {
            acts.add(new Send(bytes.toString()));
            bytes.setLength(0);
        }
    }

    private static String random(int count, int seed) {
        byte[] noise = new byte[count];
        new Random(seed).nextBytes(noise);
        return new String(noise, StandardCharsets.ISO_8859_1);
    }

    @Override
    public String toString() {
        return id + " (" + note + ")";
    }
}
