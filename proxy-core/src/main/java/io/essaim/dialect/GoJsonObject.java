package io.essaim.dialect;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * An object of a client's request, read as Ollama's Go reads it: names match in any case, null is absent, and a value of
 * the wrong type is refused in Go's words.
 *
 * <p>Nothing is parsed into a tree, which would hold many times what the client sent: of an object only the places of its members
 * are kept, and the objects of a list are made one after the other. What is read as a string is copied, so text of any length is
 * read by {@link #words} and JSON by {@link #raw}.
 */
final class GoJsonObject {
    static final JsonMapper MAPPER = new JsonMapper(JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(JsonCheck.DEEPEST)
                    .maxStringLength(256 << 20)
                    .build())
            .build());

    /** What is read as a string or as a small tree: names, ids, settings. */
    private static final int LONGEST_WORD = 1 << 20;
    /** Where a member stands: its name's quotes, and its value. */
    private static final int PLACES = 4;

    private final byte[] in;
    private final String type;
    private final String path;
    private final int end;
    private int[] members = new int[4 * PLACES];
    private int count;

    /** @param from the opening brace, in a document that is known to be good */
    private GoJsonObject(byte[] in, int from, String type, String path) {
        this.in = in;
        this.type = type;
        this.path = path;
        int at = JsonCursor.space(in, from + 1);
        while (in[at] != '}') {
            int name = at;
            int behindName = JsonCursor.behindString(in, name);
            int value = JsonCursor.space(in, JsonCursor.space(in, behindName) + 1);
            int behind = JsonCursor.behind(in, value);
            add(name, behindName, value, behind);
            at = JsonCursor.space(in, behind);
            if (in[at] == ',') {
                at = JsonCursor.space(in, at + 1);
            }
        }
        this.end = at + 1;
    }

    private void add(int name, int behindName, int value, int behind) {
        if (count == members.length) {
            members = Arrays.copyOf(members, count * 2);
        }
        members[count++] = name + 1;
        members[count++] = behindName - 1;
        members[count++] = value;
        members[count++] = behind;
    }

    /** The request as a whole; {@code type} is Go's, as it names it in errors. */
    static GoJsonObject of(byte[] json, String type) throws InvalidRequest {
        TranslationLimits.bytes(json.length);
        boolean marked = json.length > 2 && json[0] == (byte) 0xef && json[1] == (byte) 0xbb && json[2] == (byte) 0xbf;
        int from = marked ? 3 : 0;
        switch (JsonCheck.check(json, from, json.length)) {
            case GOOD -> {}
            case EMPTY -> throw new InvalidRequest("missing request body");
            case BAD -> throw new InvalidRequest("the request body is not JSON, or too deep");
            case TOO_WIDE ->
                throw new InvalidRequest(
                        413, "an object of the request has more than " + JsonCheck.MOST_MEMBERS + " members");
        }
        int start = JsonCursor.space(json, from);
        if (json[start] != '{') {
            String name = type.substring(type.indexOf('.') + 1);
            throw new InvalidRequest("json: cannot unmarshal " + Kind.of(json[start]).go + " into Go value of type "
                    + (type.equals(name) ? "api." + name : type));
        }
        return new GoJsonObject(json, start, type, "");
    }

    /** What a value is, by its first byte. */
    enum Kind {
        ABSENT("null"),
        STRING("string"),
        OBJECT("object"),
        LIST("array"),
        FLAG("bool"),
        NUMBER("number");

        private final String go;

        Kind(String go) {
            this.go = go;
        }

        private static Kind of(byte first) {
            return switch (first) {
                case '"' -> STRING;
                case '{' -> OBJECT;
                case '[' -> LIST;
                case 't', 'f' -> FLAG;
                case 'n' -> ABSENT;
                default -> NUMBER;
            };
        }

        /** As Ollama writes it where a content has the wrong one. */
        String word() {
            return switch (this) {
                case LIST, OBJECT, STRING, NUMBER -> go;
                case FLAG -> "boolean";
                case ABSENT -> "<nil>";
            };
        }
    }

    /** Where the places of a member begin; -1 when it is absent or null. Of members of the same name the last counts. */
    private int find(String name) {
        int exact = -1;
        int similar = -1;
        for (int i = 0; i < count; i += PLACES) {
            int match = match(i, name);
            if (match == 2) {
                exact = i;
            } else if (match == 1 && in[members[i + 2]] != 'n') {
                similar = i;
            }
        }
        int found = exact >= 0 ? exact : similar;
        return found >= 0 && in[members[found + 2]] == 'n' ? -1 : found;
    }

    /** 2 for the same name, 1 for the same in another case, 0 for another. */
    private int match(int member, String name) {
        int from = members[member];
        int to = members[member + 1];
        int difference = 0;
        boolean otherLength = to - from != name.length();
        for (int i = from; i < to; i++) {
            byte b = in[i];
            if (b < 0 || b == '\\') {
                String said = new JsonText(in, from, to).toString();
                return said.equals(name) ? 2 : said.equalsIgnoreCase(name) ? 1 : 0;
            }
            if (!otherLength) {
                char c = name.charAt(i - from);
                if (b != c) {
                    if (Character.toLowerCase((char) b) != Character.toLowerCase(c)) {
                        return rest(i, to, name, from);
                    }
                    difference = 1;
                }
            }
        }
        return otherLength ? 0 : 2 - difference;
    }

    /** A name that differs already: only an escape or another alphabet behind can make it the same. */
    private int rest(int at, int to, String name, int from) {
        for (int i = at; i < to; i++) {
            if (in[i] < 0 || in[i] == '\\') {
                String said = new JsonText(in, from, to).toString();
                return said.equals(name) ? 2 : said.equalsIgnoreCase(name) ? 1 : 0;
            }
        }
        return 0;
    }

    Kind kind(String name) {
        int found = find(name);
        return found < 0 ? Kind.ABSENT : Kind.of(in[members[found + 2]]);
    }

    boolean has(String name) {
        return find(name) >= 0;
    }

    /** Whether it is there and says something: not "", [], {}, 0 or false. */
    boolean says(String name) throws InvalidRequest {
        int found = find(name);
        if (found < 0) {
            return false;
        }
        int value = members[found + 2];
        return switch (Kind.of(in[value])) {
            case STRING -> in[value + 1] != '"';
            case LIST, OBJECT -> {
                byte first = in[JsonCursor.space(in, value + 1)];
                yield first != ']' && first != '}';
            }
            case FLAG -> in[value] == 't';
            case NUMBER -> any(name).doubleValue() != 0;
            case ABSENT -> false;
        };
    }

    /** Any small value; a missing node when absent or null. */
    JsonNode any(String name) throws InvalidRequest {
        int found = find(name);
        if (found < 0) {
            return JsonNodeFactory.instance.missingNode();
        }
        int from = members[found + 2];
        int length = members[found + 3] - from;
        keepShort(name, length);
        return MAPPER.readTree(in, from, length);
    }

    private void keepShort(String name, int length) throws InvalidRequest {
        if (length > LONGEST_WORD) {
            throw new InvalidRequest(413, path + name + " is longer than " + (LONGEST_WORD >> 20) + " MiB");
        }
    }

    /** The value as it was written, null when absent. */
    @Nullable
    RawJson raw(String name) {
        int found = find(name);
        return found < 0 ? null : new RawJson(in, members[found + 2], members[found + 3]);
    }

    /** A string that need not be short; empty when absent. */
    JsonText words(String name) throws InvalidRequest {
        int found = find(name);
        if (found < 0) {
            return JsonText.EMPTY;
        }
        int value = members[found + 2];
        if (in[value] != '"') {
            throw mistyped(name, "string");
        }
        return new JsonText(in, value + 1, members[found + 3] - 1);
    }

    /** A string; empty when absent. */
    String text(String name) throws InvalidRequest {
        JsonText words = words(name);
        keepShort(name, words.length());
        return words.toString();
    }

    boolean flag(String name, boolean otherwise) throws InvalidRequest {
        Kind kind = kind(name);
        if (kind == Kind.ABSENT) {
            return otherwise;
        }
        if (kind != Kind.FLAG) {
            throw mistyped(name, "bool");
        }
        return in[members[find(name) + 2]] == 't';
    }

    /** A number, null when absent. */
    @Nullable
    Double number(String name, String goType) throws InvalidRequest {
        Kind kind = kind(name);
        if (kind == Kind.ABSENT) {
            return null;
        }
        if (kind != Kind.NUMBER) {
            throw mistyped(name, goType);
        }
        return any(name).doubleValue();
    }

    /** An object; null when absent. */
    @Nullable
    GoJsonObject object(String name, String goType) throws InvalidRequest {
        Kind kind = kind(name);
        if (kind == Kind.ABSENT) {
            return null;
        }
        if (kind != Kind.OBJECT) {
            throw mistyped(name, goType);
        }
        return new GoJsonObject(in, members[find(name) + 2], type, path + name + ".");
    }

    /** A list of objects; empty when absent. */
    Items objects(String name, String goType) throws InvalidRequest {
        Kind kind = kind(name);
        if (kind != Kind.ABSENT && kind != Kind.LIST) {
            throw mistyped(name, goType);
        }
        int found = find(name);
        int size = 0;
        if (found >= 0) {
            for (int at = first(found); in[at] != ']'; at = next(at)) {
                if (in[at] != '{') {
                    String element = goType.startsWith("[]") ? goType.substring(2) : goType;
                    throw mistyped(name, Kind.of(in[at]), element);
                }
                TranslationLimits.elements(path + name, ++size);
            }
        }
        return new Items(found < 0 ? -1 : first(found), size, path + name + ".");
    }

    private int first(int member) {
        return JsonCursor.space(in, members[member + 2] + 1);
    }

    private int next(int element) {
        return nextFrom(JsonCursor.behind(in, element));
    }

    private int nextFrom(int behind) {
        int at = JsonCursor.space(in, behind);
        return in[at] == ',' ? JsonCursor.space(in, at + 1) : at;
    }

    /** The objects of a list; each time it is gone through they are read again. */
    final class Items implements Iterable<GoJsonObject> {
        private final int start;
        private final int size;
        private final String within;

        private Items(int start, int size, String within) {
            this.start = start;
            this.size = size;
            this.within = within;
        }

        boolean isEmpty() {
            return size == 0;
        }

        int size() {
            return size;
        }

        @Override
        public Iterator<GoJsonObject> iterator() {
            return new Iterator<>() {
                private int at = start;
                private int left = size;

                @Override
                public boolean hasNext() {
                    return left > 0;
                }

                @Override
                public GoJsonObject next() {
                    if (left-- <= 0) {
                        throw new NoSuchElementException();
                    }
                    GoJsonObject body = new GoJsonObject(in, at, type, within);
                    at = nextFrom(body.end);
                    return body;
                }
            };
        }
    }

    /** False for a list with something else in it. */
    boolean holdsOnlyObjects(String name) {
        return holdsOnly(name, '{');
    }

    /** False for a list with something else in it. */
    boolean holdsOnlyStrings(String name) {
        return holdsOnly(name, '"');
    }

    private boolean holdsOnly(String name, char first) {
        if (kind(name) == Kind.LIST) {
            for (int at = first(find(name)); in[at] != ']'; at = next(at)) {
                if (in[at] != first) {
                    return false;
                }
            }
        }
        return true;
    }

    /** A list of strings, or one string alone; empty when absent. */
    List<JsonText> texts(String name) throws InvalidRequest {
        Kind kind = kind(name);
        if (kind == Kind.ABSENT) {
            return List.of();
        }
        if (kind == Kind.STRING) {
            return List.of(words(name));
        }
        if (kind != Kind.LIST) {
            throw mistyped(name, "[]string");
        }
        List<JsonText> all = new ArrayList<>();
        for (int at = first(find(name)); in[at] != ']'; at = next(at)) {
            if (in[at] != '"') {
                throw mistyped(name, Kind.of(in[at]), "string");
            }
            all.add(new JsonText(in, at + 1, JsonCursor.behindString(in, at) - 1));
            TranslationLimits.elements(path + name, all.size());
        }
        return all;
    }

    /** The same, each a short string. */
    List<String> strings(String name) throws InvalidRequest {
        List<String> all = new ArrayList<>();
        for (JsonText text : texts(name)) {
            keepShort(name, text.length());
            all.add(text.toString());
        }
        return all;
    }

    /** Refuses a member because of its type. */
    InvalidRequest mistyped(String name, String goType) {
        return mistyped(name, kind(name), goType);
    }

    private InvalidRequest mistyped(String name, Kind kind, String goType) {
        return new InvalidRequest("json: cannot unmarshal " + kind.go + " into Go struct field "
                + type.substring(type.indexOf('.') + 1) + "." + path + name + " of type " + goType);
    }
}
