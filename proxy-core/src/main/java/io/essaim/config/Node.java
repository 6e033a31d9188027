package io.essaim.config;

import java.util.List;

/** A JSON value that knows where it stands in its file. */
sealed interface Node {

    /** Where the value begins. */
    Position at();

    /** What it is, for messages: {@code an object}. */
    String kind();

    /** Line and column, both from 1, the column in characters. */
    record Position(int line, int column) {}

    /** A key of an object and its value. */
    record Member(String key, Position at, Node value) {}

    /** An object; no key twice. */
    record Fields(Position at, List<Member> members) implements Node {
        @Override
        public String kind() {
            return "an object";
        }
    }

    /** A list. */
    record Items(Position at, List<Node> values) implements Node {
        @Override
        public String kind() {
            return "a list";
        }
    }

    /** A string. */
    record Text(Position at, String value) implements Node {
        @Override
        public String kind() {
            return "a string";
        }
    }

    /** A number; infinite if it is larger than a double holds. */
    record Numeral(Position at, double value) implements Node {
        @Override
        public String kind() {
            return "a number";
        }
    }

    /** {@code true}, {@code false} or {@code null}, which no rule wants. */
    record Literal(Position at, String kind) implements Node {}
}
