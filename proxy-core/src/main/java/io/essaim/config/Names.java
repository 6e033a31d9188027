package io.essaim.config;

import io.essaim.config.Node.Member;
import java.util.regex.Pattern;

/** Names that the user gives to backends and agents. They appear in paths, headers and metrics, hence the narrow alphabet. */
final class Names {
    private static final Pattern FORM = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

    private Names() {}

    /** The value of a named object, the name being checked. */
    static Spot named(Spot parent, Member member) {
        String path = Spot.child(parent.path(), member.key());
        if (!FORM.matcher(member.key()).matches()) {
            String hint = "1 to 64 of letters, digits and . _ -, beginning with a letter or digit";
            parent.problems().add(member.at(), path, "not a valid name", hint);
        }
        return new Spot(path, member.value(), parent.problems());
    }
}
