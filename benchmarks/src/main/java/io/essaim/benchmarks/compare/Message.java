package io.essaim.benchmarks.compare;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * One line between the comparison and its harness processes: a verb, then {@code name=value} fields, separated by tabs.
 *
 * @param verb an order, or {@code ok} or {@code failed}
 * @param fields by name; a tab or line break inside a value becomes a space
 */
record Message(String verb, Map<String, String> fields) {

    static Message failed(String reason) {
        return new Message("failed", Map.of("reason", reason));
    }

    static Message parse(String line) {
        String[] parts = line.split("\t", -1);
        Map<String, String> fields = new LinkedHashMap<>();
        for (int i = 1; i < parts.length; i++) {
            int equals = parts[i].indexOf('=');
            if (equals <= 0) {
                throw new IllegalArgumentException("not a name=value field: " + parts[i]);
            }
            fields.put(parts[i].substring(0, equals), parts[i].substring(equals + 1));
        }
        return new Message(parts[0], fields);
    }

    String encode() {
        return fields.entrySet().stream()
                .map(field -> "\t" + field.getKey() + "="
                        + field.getValue().replace('\t', ' ').replace('\n', ' ').replace('\r', ' '))
                .collect(Collectors.joining("", verb, ""));
    }

    String text(String name) {
        String value = fields.get(name);
        if (value == null) {
            throw new IllegalArgumentException("no field " + name + " in " + encode());
        }
        return value;
    }

    long number(String name) {
        return Long.parseLong(text(name));
    }

    int count(String name) {
        return Integer.parseInt(text(name));
    }
}
