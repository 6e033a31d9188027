package io.essaim.config;

import io.essaim.config.Node.Fields;
import io.essaim.config.Node.Member;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** An object of the file whose keys are fixed. A value that is missing or wrong reads as its default, so that reading goes on. */
final class Section {
    private final Spot spot;
    private final Map<String, Spot> values = new LinkedHashMap<>();

    private Section(Spot spot) {
        this.spot = spot;
    }

    static Section of(Spot spot, List<String> known) {
        Section section = new Section(spot);
        for (Member member : spot.members()) {
            String path = Spot.child(spot.path(), member.key());
            if (known.contains(member.key())) {
                section.values.put(member.key(), new Spot(path, member.value(), spot.problems()));
            } else {
                spot.problems().add(member.at(), path, "unknown key", Nearest.hint(member.key(), known));
            }
        }
        return section;
    }

    Optional<Spot> get(String key) {
        return Optional.ofNullable(values.get(key));
    }

    /** The value of a key that must be there; empty and reported if it is not. */
    Optional<Spot> require(String key, String hint) {
        if (!values.containsKey(key) && spot.node() instanceof Fields) {
            spot.refuse("the key \"" + key + "\" is missing", hint);
        }
        return get(key);
    }

    Optional<String> text(String key) {
        return get(key).flatMap(Spot::text);
    }

    /** A whole number from {@code min} to {@code max}. */
    int integer(String key, int fallback, int min, int max) {
        Optional<Spot> value = get(key);
        Optional<Double> number = value.flatMap(Spot::number);
        if (number.isEmpty()) {
            return fallback;
        }
        double found = number.get();
        if (found != Math.rint(found) || found < min || found > max) {
            value.get().refuse("not a whole number from " + min + " to " + max, "");
            return fallback;
        }
        return (int) found;
    }
}
