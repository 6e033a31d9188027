package io.essaim.config;

import io.essaim.config.Node.Fields;
import io.essaim.config.Node.Items;
import io.essaim.config.Node.Text;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** A value of the file together with its path, and where to report what is wrong with it. */
record Spot(String path, Node node, Problems problems) {
    private static final Pattern PLAIN_KEY = Pattern.compile("[A-Za-z0-9_$-]+");

    /** The path of a key; a key that would read as something else is put in brackets and quotes. */
    static String child(String path, String key) {
        if (!PLAIN_KEY.matcher(key).matches()) {
            return path + "[\"" + key + "\"]";
        }
        return path.isEmpty() ? key : path + '.' + key;
    }

    void refuse(String message, String hint) {
        problems.add(node.at(), path, message, hint);
    }

    /** The string here; empty and reported if it is something else. */
    Optional<String> text() {
        if (node instanceof Text text) {
            return Optional.of(text.value());
        }
        wrongKind("a string");
        return Optional.empty();
    }

    /** The number here; empty and reported if it is something else. */
    Optional<Double> number() {
        if (node instanceof Node.Numeral number) {
            return Optional.of(number.value());
        }
        wrongKind("a number");
        return Optional.empty();
    }

    /** The truth value here; empty and reported if it is something else. */
    Optional<Boolean> flag() {
        if (node instanceof Node.Literal literal && !literal.kind().equals("null")) {
            return Optional.of(literal.kind().equals("true"));
        }
        wrongKind("true or false");
        return Optional.empty();
    }

    /** The values of the list here; none and reported if it is something else. */
    List<Spot> items() {
        if (!(node instanceof Items items)) {
            wrongKind("a list");
            return List.of();
        }
        List<Spot> spots = new ArrayList<>();
        for (Node value : items.values()) {
            spots.add(new Spot(path + '[' + spots.size() + ']', value, problems));
        }
        return spots;
    }

    /** The values of the list here; none and reported if it is something else or empty. */
    List<Spot> atLeastOne(String hint) {
        if (node instanceof Items items && items.values().isEmpty()) {
            refuse("the list is empty", hint);
        }
        return items();
    }

    /** The object here; without keys and reported if it is something else. */
    Section section(RulesObject object) {
        return Section.of(this, object);
    }

    /** The value of one of this object's keys. */
    Spot child(Node.Member member) {
        return new Spot(child(path, member.key()), member.value(), problems);
    }

    /** The object here whose keys are names that the user chose. */
    List<Node.Member> members() {
        if (node instanceof Fields fields) {
            return fields.members();
        }
        wrongKind("an object");
        return List.of();
    }

    void wrongKind(String expected) {
        refuse("expected " + expected + ", found " + node.kind(), "");
    }
}
