package io.essaim.config;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import tools.jackson.core.util.DefaultPrettyPrinter;
import tools.jackson.core.util.Separators;
import tools.jackson.databind.json.JsonMapper;

/** The JSON Schema and the reference page, made of the descriptions of all keys. */
final class RulesPages {
    /** As a person would order them; others follow. */
    private static final List<String> ORDER = List.of(
            "$schema",
            "title",
            "description",
            "default",
            "type",
            "pattern",
            "const",
            "enum",
            "minimum",
            "exclusiveMinimum",
            "maximum",
            "additionalProperties",
            "required",
            "minProperties",
            "maxProperties",
            "minItems",
            "uniqueItems",
            "items",
            "propertyNames",
            "anyOf",
            "properties");

    /** Each object once, and every place where it can stand. */
    private final Map<RulesObject, Set<String>> places = new LinkedHashMap<>();

    private RulesPages() {
        places.put(RulesLoader.FILE, Set.of(""));
        find(RulesLoader.FILE, "");
    }

    private void find(RulesObject object, String path) {
        for (RulesKey<?> key : object.keys()) {
            find(key.type().schema(), path.isEmpty() ? key.name() : path + '.' + key.name());
        }
    }

    private void find(Object schema, String path) {
        if (schema instanceof RulesObject object) {
            boolean known = places.containsKey(object);
            places.computeIfAbsent(object, any -> new LinkedHashSet<>()).add(path);
            if (!known) {
                find(object, path);
            }
        } else if (schema instanceof Collection<?> alternatives) {
            alternatives.forEach(one -> find(one, path));
        } else if (schema instanceof Map<?, ?> map) {
            map.forEach((keyword, value) -> find(
                    value,
                    switch (keyword.toString()) {
                        case "items" -> path + "[]";
                        case "additionalProperties" -> path + ".NAME";
                        default -> path;
                    }));
        }
    }

    /** The content of {@code docs/routing-rules.schema.json}. */
    static String schema() {
        RulesPages pages = new RulesPages();
        Map<String, Object> schema = new LinkedHashMap<>();
        schema.put("$schema", "https://json-schema.org/draft/2020-12/schema");
        schema.put("title", "Essaim routing rules");
        schema.putAll(ordered(object(RulesLoader.FILE)));
        Map<String, Object> definitions = new LinkedHashMap<>();
        pages.places.keySet().stream().skip(1).forEach(object -> definitions.put(object.name(), object(object)));
        schema.put("$defs", definitions);
        var printer = new DefaultPrettyPrinter(
                Separators.createDefaultInstance().withObjectNameValueSpacing(Separators.Spacing.AFTER));
        return new JsonMapper().writer().with(printer).writeValueAsString(ordered(schema)) + '\n';
    }

    private static Map<String, Object> object(RulesObject object) {
        Map<String, Object> schema = new LinkedHashMap<>();
        schema.put("description", object.sentence());
        schema.put("type", "object");
        schema.put("additionalProperties", false);
        List<String> required = object.keys().stream()
                .filter(key -> key.missing() != null)
                .map(RulesKey::name)
                .toList();
        if (!required.isEmpty()) {
            schema.put("required", required);
        }
        RulesObject.Choice choice = object.choice();
        if (choice != null && choice.exactlyOne()) {
            schema.put("minProperties", 1);
            schema.put("maxProperties", 1);
        } else if (choice != null) {
            schema.put(
                    "anyOf",
                    choice.among().stream()
                            .map(key -> Map.of("required", List.of(key.name())))
                            .toList());
        }
        Map<String, Object> properties = new LinkedHashMap<>();
        object.keys().forEach(key -> properties.put(key.name(), key(key)));
        schema.put("properties", properties);
        return schema;
    }

    private static <T> Map<String, Object> key(RulesKey<T> key) {
        Map<String, Object> schema = new LinkedHashMap<>(key.type().schema());
        String otherwise = key.otherwise();
        boolean said = otherwise.isEmpty() || otherwise.equals("none");
        schema.put("description", key.sentence() + (said ? "" : " Default: " + otherwise + "."));
        T fallback = key.fallback();
        if (fallback != null) {
            schema.put("default", key.type().json().apply(fallback));
        }
        return schema;
    }

    /** The same with references in place of objects, in a fixed order. */
    private static Object resolved(Object schema) {
        if (schema instanceof RulesObject object) {
            return "#/$defs/" + object.name();
        }
        if (schema instanceof Collection<?> alternatives) {
            return alternatives.stream().map(RulesPages::resolved).toList();
        }
        return schema instanceof Map<?, ?> map ? ordered(map) : schema;
    }

    private static Map<String, Object> ordered(Map<?, ?> schema) {
        Map<String, Object> ordered = new LinkedHashMap<>();
        if (schema.get("type") instanceof String || schema.containsKey("description")) {
            ORDER.stream()
                    .filter(schema::containsKey)
                    .forEach(keyword -> ordered.put(keyword, resolved(schema.get(keyword))));
        }
        schema.forEach((keyword, value) -> ordered.putIfAbsent(keyword.toString(), resolved(value)));
        return ordered;
    }

    /** The content of {@code docs/reference/rules.md}. */
    static String reference() {
        StringBuilder page = new StringBuilder("""
                # Keys of the rules

                Every key of `routing-rules.json`. [Configure](../configure.md) explains them by task, with examples. In the
                paths below, `NAME` is a name of your choice and `[]` an item of a list. This page is generated from the program.
                """);
        RulesPages pages = new RulesPages();
        pages.places.forEach((object, paths) -> page.append(pages.section(object, new ArrayList<>(paths))));
        return page.toString();
    }

    private String section(RulesObject object, List<String> paths) {
        StringBuilder text = new StringBuilder("\n## ").append(heading(object)).append("\n\n");
        text.append(object.sentence());
        if (paths.size() > 1) {
            text.append(" Also: `")
                    .append(String.join("`, `", paths.subList(1, paths.size())))
                    .append("`.");
        }
        text.append("\n\n| key | value | default | meaning |\n|---|---|---|---|\n");
        for (RulesKey<?> key : object.keys()) {
            text.append("| `")
                    .append(key.name())
                    .append("` | ")
                    .append(value(key))
                    .append(" | ");
            text.append(fallback(key)).append(" | ").append(key.sentence()).append(" |\n");
        }
        RulesObject.Choice choice = object.choice();
        if (choice != null) {
            String among =
                    choice.among().stream().map(key -> '`' + key.name() + '`').collect(Collectors.joining(", "));
            text.append(choice.exactlyOne() ? "\nExactly one of " : "\nAt least one of ");
            text.append(among).append(" is required.\n");
        }
        return text.toString();
    }

    private String heading(RulesObject object) {
        String path = places.getOrDefault(object, Set.of("")).iterator().next();
        return path.isEmpty() ? "The file" : '`' + path + '`';
    }

    private String value(RulesKey<?> key) {
        List<RulesObject> objects = new ArrayList<>();
        collect(key.type().schema(), objects);
        String words = key.type().words();
        if (objects.isEmpty()) {
            return words;
        }
        String anchor = heading(objects.get(0)).toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9_-]", "");
        return '[' + words + "](#" + anchor + ')';
    }

    private static void collect(Object schema, List<RulesObject> objects) {
        if (schema instanceof RulesObject object) {
            objects.add(object);
        } else if (schema instanceof Collection<?> alternatives) {
            alternatives.forEach(one -> collect(one, objects));
        } else if (schema instanceof Map<?, ?> map) {
            map.values().forEach(value -> collect(value, objects));
        }
    }

    private static <T> String fallback(RulesKey<T> key) {
        T fallback = key.fallback();
        if (fallback == null) {
            return key.missing() == null ? key.otherwise() : "required";
        }
        return '`' + new JsonMapper().writeValueAsString(key.type().json().apply(fallback)) + '`';
    }
}
