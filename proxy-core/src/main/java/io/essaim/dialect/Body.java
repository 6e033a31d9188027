package io.essaim.dialect;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * An object of a client's request, read as Ollama's Go reads it: names match in any case, null is absent, and a value of
 * the wrong type is refused in Go's words.
 */
final class Body {
    static final JsonMapper MAPPER = new JsonMapper(JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(200)
                    .maxStringLength(256 << 20)
                    .build())
            .build());

    private final JsonNode object;
    private final String type;
    private final String path;

    private Body(JsonNode object, String type, String path) {
        this.object = object;
        this.type = type;
        this.path = path;
    }

    /** The request as a whole; {@code type} is Go's, as it names it in errors. */
    static Body of(byte[] json, String type) throws Refused {
        JsonNode node;
        try {
            node = MAPPER.readTree(json);
        } catch (JacksonException e) {
            throw new Refused(json.length == 0 ? "missing request body" : "the request body is not JSON, or too deep");
        }
        if (node.isMissingNode()) {
            throw new Refused("missing request body");
        }
        if (!node.isObject()) {
            String name = type.substring(type.indexOf('.') + 1);
            throw new Refused("json: cannot unmarshal " + kind(node) + " into Go value of type "
                    + (type.equals(name) ? "api." + name : type));
        }
        return new Body(node, type, "");
    }

    private JsonNode get(String name) {
        JsonNode exact = object.get(name);
        if (exact != null) {
            return exact.isNull() ? JsonNodeFactory.instance.missingNode() : exact;
        }
        for (var member : object.properties()) {
            if (member.getKey().equalsIgnoreCase(name) && !member.getValue().isNull()) {
                return member.getValue();
            }
        }
        return JsonNodeFactory.instance.missingNode();
    }

    boolean has(String name) {
        return !get(name).isMissingNode();
    }

    /** Whether it is there and says something: not "", [], {}, 0 or false. */
    boolean says(String name) {
        JsonNode value = get(name);
        return switch (value.getNodeType()) {
            case STRING -> !value.asString().isEmpty();
            case ARRAY, OBJECT -> !value.isEmpty();
            case BOOLEAN -> value.booleanValue();
            case NUMBER -> value.doubleValue() != 0;
            default -> false;
        };
    }

    /** Any value; a missing node when absent or null. */
    JsonNode any(String name) {
        return get(name);
    }

    /** A string; empty when absent. */
    String text(String name) throws Refused {
        JsonNode value = get(name);
        if (value.isMissingNode()) {
            return "";
        }
        if (!value.isString()) {
            throw mistyped(name, value, "string");
        }
        return value.asString();
    }

    boolean flag(String name, boolean otherwise) throws Refused {
        JsonNode value = get(name);
        if (value.isMissingNode()) {
            return otherwise;
        }
        if (!value.isBoolean()) {
            throw mistyped(name, value, "bool");
        }
        return value.booleanValue();
    }

    /** A number, null when absent. */
    @Nullable
    Double number(String name, String goType) throws Refused {
        JsonNode value = get(name);
        if (value.isMissingNode()) {
            return null;
        }
        if (!value.isNumber()) {
            throw mistyped(name, value, goType);
        }
        return value.doubleValue();
    }

    /** An object; null when absent. */
    @Nullable
    Body object(String name, String goType) throws Refused {
        JsonNode value = get(name);
        if (value.isMissingNode()) {
            return null;
        }
        if (!value.isObject()) {
            throw mistyped(name, value, goType);
        }
        return new Body(value, type, path + name + ".");
    }

    /** A list of objects; empty when absent. */
    List<Body> objects(String name, String goType) throws Refused {
        JsonNode value = get(name);
        List<Body> all = new ArrayList<>(value.size());
        if (value.isMissingNode()) {
            return all;
        }
        if (!value.isArray()) {
            throw mistyped(name, value, goType);
        }
        for (JsonNode element : value) {
            if (!element.isObject()) {
                throw mistyped(name, element, goType.startsWith("[]") ? goType.substring(2) : goType);
            }
            all.add(new Body(element, type, path + name + "."));
        }
        return all;
    }

    /** A list of strings, or one string alone; empty when absent. */
    List<String> texts(String name) throws Refused {
        JsonNode value = get(name);
        if (value.isString()) {
            return List.of(value.asString());
        }
        List<String> all = new ArrayList<>(value.size());
        if (!value.isArray() && !value.isMissingNode()) {
            throw mistyped(name, value, "[]string");
        }
        for (JsonNode element : value) {
            if (!element.isString()) {
                throw mistyped(name, element, "string");
            }
            all.add(element.asString());
        }
        return all;
    }

    Refused mistyped(String name, JsonNode value, String goType) {
        return new Refused("json: cannot unmarshal " + kind(value) + " into Go struct field "
                + type.substring(type.indexOf('.') + 1) + "." + path + name + " of type " + goType);
    }

    private static String kind(JsonNode value) {
        String kind = value.getNodeType().name().toLowerCase(Locale.ROOT);
        return kind.equals("boolean") ? "bool" : kind;
    }
}
