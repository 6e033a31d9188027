package io.essaim.dialect;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.async.ByteArrayFeeder;
import tools.jackson.core.json.JsonFactory;

/**
 * The tokens of one JSON document after another. Made of Jackson's non-blocking parser although every document is there as
 * a whole: it is the one that can be fed again, so that a frame of a stream costs no new parser.
 *
 * <p>The position is on a token; a reader of a value leaves it on the value's last token. Unusable after a {@link InvalidFrame}.
 */
final class JsonTokens {
    private static final byte[] END = {'\n'};
    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(200)
                    .maxStringLength(FrameSplitter.LARGEST)
                    // The parser remembers names for as long as a stream lasts, a few ten thousand of them.
                    .maxNameLength(2048)
                    .build())
            .build();

    private final JsonParser parser = JSON.createNonBlockingByteArrayParser(ObjectReadContext.empty());
    private final ByteArrayFeeder feeder = (ByteArrayFeeder) parser.nonBlockingInputFeeder();
    private byte[] rest = END;
    private JsonToken token = JsonToken.NOT_AVAILABLE;

    /** Goes to the first token of a document. */
    void open(byte[] in, int offset, int length) throws InvalidFrame {
        try {
            feeder.feedInput(in, offset, offset + length);
        } catch (JacksonException e) {
            throw new InvalidFrame("what is not JSON");
        }
        rest = END;
        next();
    }

    /** Makes sure that nothing stands behind the document, and lets go of its bytes. */
    void close() throws InvalidFrame {
        if (advance() != JsonToken.NOT_AVAILABLE) {
            throw new InvalidFrame("two JSON values where one belongs");
        }
    }

    JsonToken next() throws InvalidFrame {
        token = advance();
        if (token == JsonToken.NOT_AVAILABLE) {
            throw new InvalidFrame("JSON that is cut off");
        }
        return token;
    }

    /** Next token; the newline behind the document is fed late, since it must not be part of the caller's array. */
    private JsonToken advance() throws InvalidFrame {
        try {
            JsonToken next = parser.nextToken();
            if (next == JsonToken.NOT_AVAILABLE && rest.length > 0) {
                feeder.feedInput(rest, 0, rest.length);
                rest = new byte[0];
                next = parser.nextToken();
            }
            return next == null ? JsonToken.NOT_AVAILABLE : next;
        } catch (JacksonException e) {
            throw new InvalidFrame("what is not JSON");
        }
    }

    boolean atObject() {
        return token == JsonToken.START_OBJECT;
    }

    boolean atArray() {
        return token == JsonToken.START_ARRAY;
    }

    boolean atString() {
        return token == JsonToken.VALUE_STRING;
    }

    boolean atNull() {
        return token == JsonToken.VALUE_NULL;
    }

    boolean atNumber() {
        return token == JsonToken.VALUE_NUMBER_INT || token == JsonToken.VALUE_NUMBER_FLOAT;
    }

    boolean isTrue() {
        return token == JsonToken.VALUE_TRUE;
    }

    /** Within an object: goes to the next member's value and returns its name; null at the end of the object. */
    @Nullable
    String member() throws InvalidFrame {
        if (next() == JsonToken.END_OBJECT) {
            return null;
        }
        String name = name();
        next();
        return name;
    }

    private String name() throws InvalidFrame {
        String name = parser.currentName();
        if (name == null) {
            throw new InvalidFrame("what is not JSON");
        }
        return name;
    }

    /** Within an array: goes to the next element; false at its end. */
    boolean element() throws InvalidFrame {
        return next() != JsonToken.END_ARRAY;
    }

    /** The string here; empty for anything else, which is passed over. */
    String string() throws InvalidFrame {
        if (token != JsonToken.VALUE_STRING) {
            skip();
            return "";
        }
        try {
            return parser.getString();
        } catch (JacksonException e) {
            throw new InvalidFrame("what is not JSON");
        }
    }

    /** The whole number here; {@code otherwise} for anything else or for one outside of 0 to 2^53. */
    long number(long otherwise) throws InvalidFrame {
        if (!atNumber()) {
            skip();
            return otherwise;
        }
        try {
            double value = parser.getDoubleValue();
            return value >= 0 && value <= 1L << 53 ? (long) value : otherwise;
        } catch (JacksonException e) {
            return otherwise;
        }
    }

    /** Passes over the value here. */
    void skip() throws InvalidFrame {
        if (!token.isStructStart()) {
            return;
        }
        int depth = 1;
        while (depth > 0) {
            JsonToken next = next();
            depth += next.isStructStart() ? 1 : next.isStructEnd() ? -1 : 0;
        }
    }

    /** Writes the value here as compact JSON, numbers as they were written. */
    void copy(ByteBuilder out) throws InvalidFrame {
        int depth = 0;
        boolean comma = false;
        while (true) {
            if (token.isStructEnd()) {
                depth--;
                out.one(token == JsonToken.END_OBJECT ? '}' : ']');
                comma = true;
            } else {
                if (comma) {
                    out.one(',');
                }
                comma = copyOne(out);
                depth += token.isStructStart() ? 1 : 0;
            }
            if (depth == 0) {
                return;
            }
            next();
        }
    }

    /** Writes one token; whether a comma belongs before the next. */
    private boolean copyOne(ByteBuilder out) throws InvalidFrame {
        switch (token) {
            case START_OBJECT -> out.one('{');
            case START_ARRAY -> out.one('[');
            case PROPERTY_NAME -> out.quote(name()).one(':');
            case VALUE_STRING -> out.quote(string());
            default -> out.utf8(parser.getString());
        }
        return token != JsonToken.PROPERTY_NAME && !token.isStructStart();
    }

    /** The text of the JSON value here. */
    String json() throws InvalidFrame {
        ByteBuilder copy = new ByteBuilder();
        copy(copy);
        return copy.toString();
    }
}
