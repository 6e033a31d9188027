package io.essaim.simulator;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** The structure of an answer: keys in their order, types, and the values that are not volatile. */
final class Shape {
    private static final ObjectMapper JSON = new ObjectMapper();
    /** Compared by type, and strings by whether they are empty. */
    private static final Set<String> VOLATILE = Set.of(
            "created_at",
            "created",
            "completed_at",
            "modified_at",
            "expires_at",
            "digest",
            "size",
            "size_vram",
            "id",
            "item_id",
            "call_id",
            "request_id",
            "content",
            "response",
            "thinking",
            "delta",
            "text",
            "reasoning",
            "partial_json",
            "arguments",
            "encrypted_content",
            "token",
            "logprob",
            "modelfile",
            "template",
            "license",
            "parameters",
            "rendered_template",
            "parameter_size",
            "quantization_level",
            "sequence_number",
            "status.digest");
    /** Compared as one type without looking inside. */
    private static final Set<String> OPAQUE =
            Set.of("model_info", "tensors", "context", "bytes", "embedding", "embeddings");

    private static final Pattern COUNTED = Pattern.compile(".*(_duration|_count|_tokens)");

    private Shape() {}

    /** One entry per chunk, equal neighbours once: how many tokens a text has is volatile. */
    static List<String> of(List<String> chunks) {
        List<String> shapes = new ArrayList<>();
        for (String chunk : chunks) {
            String shape = String.join(" + ", frames(chunk));
            if (shapes.isEmpty() || !shapes.get(shapes.size() - 1).equals(shape)) {
                shapes.add(shape);
            }
        }
        return shapes;
    }

    private static List<String> frames(String chunk) {
        List<String> frames = new ArrayList<>();
        for (String line : chunk.split("(?<=\n)", -1)) {
            String text = line.strip();
            if (text.startsWith("data: {")) {
                frames.add("data: " + json(text.substring(6)) + end(line));
            } else if (text.startsWith("{")) {
                frames.add(json(text) + end(line));
            } else if (!line.isEmpty()) {
                frames.add(line.replace("\n", "\\n"));
            }
        }
        return frames;
    }

    private static String end(String line) {
        return line.endsWith("\n") ? "\\n" : "";
    }

    private static String json(String text) {
        try {
            return of("", JSON.readTree(text));
        } catch (tools.jackson.core.JacksonException e) {
            return "no JSON: " + text;
        }
    }

    private static String of(String key, JsonNode node) {
        if (OPAQUE.contains(key) && (node.isContainer() || node.isString())) {
            return node.getNodeType() + (node.isContainer() && node.isEmpty() ? " empty" : "");
        }
        if (node.isObject()) {
            StringBuilder shape = new StringBuilder("{");
            for (Map.Entry<String, JsonNode> entry : node.properties()) {
                shape.append(entry.getKey())
                        .append(':')
                        .append(of(entry.getKey(), entry.getValue()))
                        .append(' ');
            }
            return shape.append('}').toString();
        }
        if (node.isArray()) {
            List<String> items = new ArrayList<>();
            node.forEach(item -> {
                String shape = of(key, item);
                if (items.isEmpty() || !items.get(items.size() - 1).equals(shape)) {
                    items.add(shape);
                }
            });
            return items.toString();
        }
        if (VOLATILE.contains(key) || COUNTED.matcher(key).matches()) {
            return node.getNodeType() + (node.isString() && node.asString().isEmpty() ? " empty" : "");
        }
        return node.isString() ? normal(node.asString()) : node.toString();
    }

    /** Digests of layers and ports are volatile inside texts too. */
    private static String normal(String text) {
        return text.replaceAll("sha256[:-][0-9a-f]{64}", "sha256:*");
    }
}
