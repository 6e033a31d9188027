package io.essaim.config;

import io.essaim.config.Node.Fields;
import io.essaim.config.Node.Items;
import io.essaim.config.Node.Literal;
import io.essaim.config.Node.Member;
import io.essaim.config.Node.Position;
import io.essaim.config.Node.Text;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;

/**
 * Turns a file into a tree of values with positions. Data binding would be shorter, but it stops at the first fault, knows no
 * position of a value that is well formed and wrong, and costs start-up time in reflection.
 */
final class NodeReader {
    private static final int MAX_DEPTH = 32;
    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(
                    StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).build())
            .build();

    private final Source source;
    private final JsonParser parser;
    private final Problems problems;

    private NodeReader(Source source, JsonParser parser, Problems problems) {
        this.source = source;
        this.parser = parser;
        this.problems = problems;
    }

    /**
     * The file's value; duplicate keys are reported and their first value kept.
     *
     * @throws InvalidRules if the file is not JSON: that one problem, as whatever follows it would be guessed
     */
    static Node read(byte[] json, Problems problems) throws InvalidRules {
        String decoded = decode(json, problems);
        boolean marked = decoded.startsWith("\uFEFF"); // RFC 8259 8.1: a reader may ignore a byte order mark
        Source source = new Source(marked ? decoded.substring(1) : decoded);
        try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), source.text())) {
            return new NodeReader(source, parser, problems).document();
        }
    }

    private static String decode(byte[] json, Problems problems) throws InvalidRules {
        CharsetDecoder utf8 = StandardCharsets.UTF_8.newDecoder();
        ByteBuffer in = ByteBuffer.wrap(json);
        CharBuffer out = CharBuffer.allocate(json.length); // UTF-8 never has more characters than bytes
        if (utf8.decode(in, out, true).isError()) {
            Source valid = new Source(out.flip().toString());
            throw problems.only(valid.at(Long.MAX_VALUE), "not UTF-8", "save the file as UTF-8");
        }
        return out.flip().toString();
    }

    private Node document() throws InvalidRules {
        try {
            return onlyValue();
        } catch (JacksonException e) {
            throw SyntaxFault.of(e, source, parser.currentLocation(), problems);
        }
    }

    private Node onlyValue() throws InvalidRules {
        if (parser.nextToken() == null) {
            throw problems.only(new Position(1, 1), "the file is empty", "a rules file is one JSON object");
        }
        Node root = value("");
        if (parser.nextToken() != null) {
            throw problems.only(here(), "something follows the end of the rules", "a rules file is one JSON object");
        }
        return root;
    }

    private Node value(String path) {
        Position at = here();
        return switch (parser.currentToken()) {
            case START_OBJECT -> fields(path, at);
            case START_ARRAY -> items(path, at);
            case VALUE_STRING -> new Text(at, parser.getString());
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> new Node.Numeral(at, Double.parseDouble(parser.getString()));
            case VALUE_TRUE -> new Literal(at, "true");
            case VALUE_FALSE -> new Literal(at, "false");
            case VALUE_NULL -> new Literal(at, "null");
            default -> throw new IllegalStateException("no value: " + parser.currentToken());
        };
    }

    private Fields fields(String path, Position at) {
        List<Member> members = new ArrayList<>();
        Map<String, Position> seen = new HashMap<>();
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            String key = parser.currentName();
            Position keyAt = here();
            String keyPath = Spot.child(path, key);
            parser.nextToken();
            Node value = value(keyPath);
            Position first = seen.putIfAbsent(key, keyAt);
            if (first == null) {
                members.add(new Member(key, keyAt, value));
            } else {
                problems.add(keyAt, keyPath, "duplicate key", "first on line " + first.line());
            }
        }
        return new Fields(at, List.copyOf(members));
    }

    private Items items(String path, Position at) {
        List<Node> values = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            values.add(value(path + '[' + values.size() + ']'));
        }
        return new Items(at, List.copyOf(values));
    }

    private Position here() {
        return source.at(parser.currentTokenLocation().getCharOffset());
    }
}
