package io.essaim.simulator.json;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A JSON object in document order, duplicates included. {@link #get} answers as a Go struct would (any case, last duplicate wins),
 * {@link #exact} as a Go map would. Not thread safe; filled by the parser only.
 */
public final class JsonObject {
    private final List<Member> members = new ArrayList<>();

    /** One key with its value, in the order of the document. */
    public record Member(String key, @Nullable Object value) {}

    void add(String key, @Nullable Object value) {
        members.add(new Member(key, value));
    }

    /** The members in document order. */
    public List<Member> members() {
        return members;
    }

    /** The value a Go struct field of this JSON name would hold, or null if absent or JSON null. */
    public @Nullable Object get(String name) {
        Object found = null;
        for (Member member : members) {
            // JSON null leaves a Go field as it was, so an earlier duplicate survives it.
            if (member.value() != null && member.key().equalsIgnoreCase(name)) {
                found = member.value();
            }
        }
        return found;
    }

    /** The value under exactly this key (last duplicate), or null if absent or JSON null. */
    public @Nullable Object exact(String key) {
        Object found = null;
        for (Member member : members) {
            if (member.key().equals(key)) {
                found = member.value();
            }
        }
        return found;
    }

    /** The string of this name, or an empty one: Go's zero value. */
    public String string(String name) {
        return get(name) instanceof String text ? text : "";
    }

    /** The boolean of this name, or the given one if absent. */
    public boolean bool(String name, boolean absent) {
        return get(name) instanceof Boolean value ? value : absent;
    }

    /** The number of this name cut to an integer, or the given one if absent. */
    public long integer(String name, long absent) {
        return get(name) instanceof JsonNumber number ? number.asLong() : absent;
    }

    /** The array of this name, or an empty list. */
    public List<?> array(String name) {
        return get(name) instanceof List<?> list ? list : List.of();
    }

    /** The object of this name, or null. */
    public @Nullable JsonObject object(String name) {
        return get(name) instanceof JsonObject object ? object : null;
    }

    /** A map of the members, last duplicate wins, first position kept. */
    public Map<String, @Nullable Object> toMap() {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        members.forEach(member -> map.put(member.key(), member.value()));
        return map;
    }
}
