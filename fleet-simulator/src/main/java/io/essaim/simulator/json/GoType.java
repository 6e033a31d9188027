package io.essaim.simulator.json;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The Go type a JSON value is decoded into, as far as it decides whether the value is refused and with which text.
 *
 * @param goName the type as Go prints it, such as {@code []api.Message}
 * @param fields of a struct: the fields whose types matter
 * @param element of a slice: the type of its elements
 * @param custom of a type with its own {@code UnmarshalJSON}: its check
 */
public record GoType(
        String goName,
        Kind kind,
        List<Field> fields,
        @Nullable GoType element,
        @Nullable Check custom) {
    /** A string. */
    public static final GoType STRING = plain("string", Kind.STRING);
    /** A bool. */
    public static final GoType BOOL = plain("bool", Kind.BOOL);
    /** An int. */
    public static final GoType INT = plain("int", Kind.INT);
    /** A float64. */
    public static final GoType FLOAT = plain("float64", Kind.FLOAT);
    /** A map from string to anything. */
    public static final GoType MAP = plain("map[string]interface {}", Kind.MAP);

    /** What JSON is accepted. */
    public enum Kind {
        STRING,
        BOOL,
        INT,
        FLOAT,
        MAP,
        STRUCT,
        SLICE,
        CUSTOM
    }

    /** A struct field. */
    public record Field(String name, GoType type) {}

    /** The check of a type that decodes itself: null if it accepts the value, else its error text. */
    @FunctionalInterface
    public interface Check {
        /** Looks at a value that is not JSON null. */
        @Nullable
        String refusal(Object value);
    }

    private static GoType plain(String goName, Kind kind) {
        return new GoType(goName, kind, List.of(), null, null);
    }

    /** A struct with these fields; others are accepted as they come. */
    public static GoType struct(String goName, Field... fields) {
        return new GoType(goName, Kind.STRUCT, Arrays.asList(fields), null, null);
    }

    /** A slice. */
    public static GoType slice(String goName, GoType element) {
        return new GoType(goName, Kind.SLICE, List.of(), element, null);
    }

    /** A slice whose elements are not looked at. */
    public static GoType slice(String goName) {
        return new GoType(goName, Kind.SLICE, List.of(), null, null);
    }

    /** A type with its own decoder. */
    public static GoType custom(Check check) {
        return new GoType("", Kind.CUSTOM, List.of(), null, check);
    }

    /** A field of a struct. */
    public static Field field(String name, GoType type) {
        return new Field(name, type);
    }

    /**
     * Parses a body into this struct type.
     *
     * @throws GoJsonException with Go's text: of a syntax error, {@code EOF} for a blank body, or of the first value of a wrong type
     */
    public JsonObject parse(byte[] body) throws GoJsonException {
        Object value = GoJsonParser.parse(body);
        if (value == null) {
            return new JsonObject();
        }
        if (!(value instanceof JsonObject object)) {
            throw new GoJsonException("json: cannot unmarshal " + describe(value) + " into Go value of type " + goName);
        }
        String refusal = refusal(object, goName.substring(goName.indexOf('.') + 1), "");
        if (refusal != null) {
            throw new GoJsonException(refusal);
        }
        return object;
    }

    private @Nullable String refusal(@Nullable Object value, String root, String path) {
        if (value == null) {
            return null;
        }
        return switch (kind) {
            case STRING -> value instanceof String ? null : mismatch(value, root, path);
            case BOOL -> value instanceof Boolean ? null : mismatch(value, root, path);
            case INT -> value instanceof JsonNumber n && n.isInteger() ? null : mismatch(value, root, path);
            case FLOAT -> value instanceof JsonNumber ? null : mismatch(value, root, path);
            case MAP -> value instanceof JsonObject ? null : mismatch(value, root, path);
            case STRUCT ->
                value instanceof JsonObject object ? ofFields(object, root, path) : mismatch(value, root, path);
            case SLICE -> value instanceof List<?> list ? ofElements(list, root, path) : mismatch(value, root, path);
            case CUSTOM -> custom == null ? null : custom.refusal(value);
        };
    }

    private @Nullable String ofFields(JsonObject object, String root, String path) {
        for (JsonObject.Member member : object.members()) {
            for (Field field : fields) {
                if (field.name().equalsIgnoreCase(member.key())) {
                    String inner = path.isEmpty() ? field.name() : path + "." + field.name();
                    String refusal = field.type().refusal(member.value(), root, inner);
                    if (refusal != null) {
                        return refusal;
                    }
                }
            }
        }
        return null;
    }

    private @Nullable String ofElements(List<?> list, String root, String path) {
        if (element == null) {
            return null;
        }
        for (Object item : list) {
            String refusal = element.refusal(item, root, path);
            if (refusal != null) {
                return refusal;
            }
        }
        return null;
    }

    private String mismatch(Object value, String root, String path) {
        return "json: cannot unmarshal " + describe(value) + " into Go struct field " + root + "." + path + " of type "
                + goName;
    }

    private String describe(Object value) {
        if (value instanceof JsonNumber number) {
            // Go adds the literal only where a number of another form would have done.
            return kind == Kind.INT ? "number " + number.literal() : "number";
        }
        if (value instanceof String) {
            return "string";
        }
        if (value instanceof Boolean) {
            return "bool";
        }
        return value instanceof List ? "array" : "object";
    }
}
