package io.essaim.model;

import io.essaim.api.Operation;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Finds the model and the stream flag in a request body, wherever they stand, and refuses what Ollama would read in
 * another way than it looks.
 *
 * <p>Go's encoding/json matches keys in any case (also by Unicode folding: U+017F is an s, U+212A is a k), takes the last
 * duplicate and ignores everything behind the first value. So {@code {"model":"a","MODEL":"b"}} runs b. What is
 * authorised, routed and forwarded must come from one value: a second or a case variant of a key that the proxy reads is
 * refused, never guessed.
 */
public final class BodyScan {
    private static final String[] GUARDED = {"model", "stream", "keep_alive", "name", "options", "think"};
    private static final int KEEP_ALIVE = 2;
    private static final int NAME = 3;
    private static final int OPTIONS = 4;
    private static final int THINK = 5;
    private static final int LONGEST = 64;

    /** No model has so long a name; what is answered and logged repeats it. */
    private static final int LONGEST_NAME = 4096;

    private final GoJsonScanner walk;
    private final int base;
    private final Operation operation;
    private @Nullable String value;
    private @Nullable ByteSpan valueAt;
    private @Nullable Boolean stream;
    private RequestFields.@Nullable Options options;
    private @Nullable ByteSpan keepAlive;
    private @Nullable ByteSpan think;
    private final PromptScan prompt;
    private int seen;

    private BodyScan(byte[] body, int offset, int length, Operation operation) {
        this.walk = new GoJsonScanner(body, offset, offset + length);
        this.base = offset;
        this.prompt = new PromptScan(body, offset);
        this.operation = operation;
    }

    /**
     * Scans a whole body.
     *
     * @param body holds the body; not changed, not kept
     * @param offset where the body starts, at least 0
     * @param length its length in bytes, at least 0
     * @param operation decides which keys matter and the names in error texts
     * @throws InvalidBody when it is not one JSON object, or is ambiguous, or model or stream has a wrong type
     */
    public static RequestFields scan(byte[] body, int offset, int length, Operation operation) throws InvalidBody {
        return new BodyScan(body, offset, length, operation).scan();
    }

    private RequestFields scan() throws InvalidBody {
        int first = walk.peek();
        if (first < 0) {
            String text = operation.path().startsWith("/v1") ? "EOF" : "missing request body";
            throw new InvalidBody("invalid_json", text);
        }
        if (first != '{') {
            notAnObject(first);
        }
        walk.pos++;
        boolean empty = walk.peek() == '}';
        if (empty) {
            walk.pos++;
        } else {
            members();
        }
        int close = walk.pos - 1 - base;
        if (walk.peek() >= 0) {
            throw new InvalidBody(
                    "ambiguous_json", "the body goes on after its JSON value, and Ollama would ignore that");
        }
        return new RequestFields(value, valueAt, stream, options, keepAlive, think, prompt.fields(), empty, close);
    }

    private void notAnObject(int first) throws InvalidBody {
        String kind = kind(first);
        walk.skipValue();
        throw new InvalidBody(
                "bad_type", "json: cannot unmarshal " + kind + " into Go value of type api." + operation.goType());
    }

    private void members() throws InvalidBody {
        while (true) {
            if (walk.peek() != '"') {
                throw walk.bad("looking for beginning of object key string");
            }
            int keyFrom = walk.pos;
            walk.skipString();
            int keyTo = walk.pos;
            int key = guarded(keyFrom, keyTo);
            walk.expect(':', "after object key");
            int start = member(key);
            if (key < 0 || key == THINK) {
                prompt.member(keyFrom, keyTo, start, walk.pos);
            }
            if (walk.peek() != ',') {
                walk.expect('}', "after object key:value pair");
                return;
            }
            walk.pos++;
        }
    }

    /** Where the value begins. */
    private int member(int key) throws InvalidBody {
        int first = walk.peek();
        int start = walk.pos;
        walk.skipValue();
        if (key == 0 || key == NAME) {
            name(GUARDED[key], first, start);
        } else if (key == OPTIONS) {
            options = OptionsScan.scan(walk.a, start, walk.pos, base);
        } else if (key == THINK) {
            think = new ByteSpan(start - base, walk.pos - base);
        } else if (key == KEEP_ALIVE) {
            keepAlive = new ByteSpan(start - base, walk.pos - base);
        } else if (key == 1) {
            if (first != 't' && first != 'f' && first != 'n') {
                throw wrongType("stream", first, "bool");
            }
            stream = first == 'n' ? null : (Boolean) (first == 't');
        }
        return start;
    }

    private void name(String key, int first, int start) throws InvalidBody {
        if (first != '"' && first != 'n') {
            throw wrongType(key, first, "string");
        }
        if (walk.pos - start > LONGEST_NAME) {
            throw new InvalidBody("bad_model", "the name of the model is longer than " + LONGEST_NAME + " bytes");
        }
        String text = first == 'n' ? "" : walk.decode(start, walk.pos);
        if (text.isEmpty()) {
            valueAt = value == null ? new ByteSpan(start - base, walk.pos - base) : valueAt;
            return;
        }
        if (value != null && !value.equals(text)) {
            throw new InvalidBody("ambiguous_json", "\"model\" and \"name\" differ: send one of them");
        }
        value = text;
        valueAt = new ByteSpan(start - base, walk.pos - base);
    }

    private InvalidBody wrongType(String key, int first, String type) {
        return new InvalidBody(
                "bad_type",
                "json: cannot unmarshal " + kind(first) + " into Go struct field " + operation.goType() + "." + key
                        + " of type " + type);
    }

    private static String kind(int first) {
        return switch (first) {
            case '{' -> "object";
            case '[' -> "array";
            case '"' -> "string";
            case 't', 'f' -> "bool";
            default -> "number";
        };
    }

    /** The index in GUARDED of the key at these offsets, -1 for any other key; refuses a variant or a second one. */
    private int guarded(int keyFrom, int keyTo) throws InvalidBody {
        if (keyTo - keyFrom > LONGEST) {
            return -1;
        }
        for (int i = 0; i < GUARDED.length; i++) {
            if (reads(i) && same(GUARDED[i], keyFrom + 1, keyTo - 1)) {
                return once(i, GUARDED[i]);
            }
        }
        if (mayFold(keyFrom, keyTo)) {
            String key = walk.decode(keyFrom, keyTo);
            String folded = fold(key);
            for (int i = 0; i < GUARDED.length; i++) {
                if (reads(i) && GUARDED[i].equals(folded)) {
                    if (!key.equals(folded)) {
                        throw new InvalidBody(
                                "ambiguous_json",
                                "the key \"" + key + "\" is read as \"" + folded + "\" by Ollama: write it so");
                    }
                    return once(i, folded);
                }
            }
        }
        return -1;
    }

    private boolean reads(int key) {
        return switch (key) {
            case NAME -> operation.readsName();
            case OPTIONS -> operation.readsOptions();
            case THINK -> operation.readsThink();
            default -> true;
        };
    }

    private int once(int key, String name) throws InvalidBody {
        if ((seen & 1 << key) != 0) {
            throw new InvalidBody("ambiguous_json", "the key \"" + name + "\" stands twice in the body");
        }
        seen |= 1 << key;
        return key;
    }

    private boolean same(String word, int start, int stop) {
        if (stop - start != word.length()) {
            return false;
        }
        for (int i = 0; i < word.length(); i++) {
            if (walk.a[start + i] != word.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /** Whether the key holds anything but lower-case ASCII: a capital, an escape, or bytes above 0x7f. */
    private boolean mayFold(int keyFrom, int keyTo) {
        for (int i = keyFrom + 1; i < keyTo - 1; i++) {
            byte b = walk.a[i];
            if (b < 0 || b == '\\' || b >= 'A' && b <= 'Z') {
                return true;
            }
        }
        return false;
    }

    private static String fold(String key) {
        return key.toLowerCase(Locale.ROOT).replace('\u017f', 's').replace('\u212a', 'k');
    }

    /**
     * The bytes that replace the model's value when another name is to be sent.
     *
     * @param name any model name
     * @return a JSON string with its quotes, UTF-8
     */
    public static byte[] nameValue(String name) {
        return io.essaim.api.Json.quote(name).getBytes(StandardCharsets.UTF_8);
    }
}
