package io.essaim.config;

import io.essaim.config.Node.Fields;
import io.essaim.config.Node.Member;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** A {@link RulesObject} of a file. A value that is missing or wrong reads as its default, so that reading goes on. */
final class Section {
    private final Spot spot;
    private final Map<String, Spot> values = new LinkedHashMap<>();

    private Section(Spot spot) {
        this.spot = spot;
    }

    /** Reports unknown keys and those that are missing. */
    static Section of(Spot spot, RulesObject object) {
        Section section = new Section(spot);
        List<String> known = object.keys().stream().map(RulesKey::name).toList();
        for (Member member : spot.members()) {
            Spot value = spot.child(member);
            if (known.contains(member.key())) {
                section.values.put(member.key(), value);
            } else {
                spot.problems().add(member.at(), value.path(), "unknown key", Nearest.hint(member.key(), known));
            }
        }
        if (spot.node() instanceof Fields) {
            section.missing(object);
        }
        return section;
    }

    private void missing(RulesObject object) {
        RulesObject.Choice choice = object.choice();
        if (choice != null) {
            long there = choice.among().stream().filter(this::has).count();
            if (there == 0) {
                spot.refuse(choice.message(), choice.hint());
            } else if (there > 1 && choice.exactlyOne()) {
                spot.refuse("both " + object.quoted(" and "), choice.hint());
            }
        }
        for (RulesKey<?> key : object.keys()) {
            String hint = key.missing();
            if (hint != null && !has(key)) {
                spot.refuse("the key \"" + key.name() + "\" is missing", hint);
            }
        }
    }

    boolean has(RulesKey<?> key) {
        return values.containsKey(key.name());
    }

    /** Where a key's value is; the object's place if the key is missing. */
    Spot at(RulesKey<?> key) {
        return values.getOrDefault(key.name(), spot);
    }

    /** The value of a key; empty if the key is missing, and if the value is wrong, which is reported. Call it once per key. */
    <T> Optional<T> find(RulesKey<T> key) {
        return Optional.ofNullable(values.get(key.name())).flatMap(key.type()::read);
    }

    /** The value of a key that has a default. */
    <T> T get(RulesKey<T> key) {
        return find(key).orElseGet(() -> Objects.requireNonNull(key.fallback()));
    }
}
