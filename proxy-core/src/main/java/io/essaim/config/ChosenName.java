package io.essaim.config;

import io.essaim.config.Node.Member;
import java.util.regex.Pattern;

/** A name that the user chose for a backend or an agent. It appears in paths, headers and metrics, hence the narrow alphabet. */
final class ChosenName {
    static final String FORM = "[A-Za-z0-9][A-Za-z0-9._-]{0,63}";

    private static final Pattern PATTERN = Pattern.compile(FORM);

    private ChosenName() {}

    /** The value of a named object, the name being checked. */
    static Spot check(Spot parent, Member member) {
        Spot value = parent.child(member);
        if (!PATTERN.matcher(member.key()).matches()) {
            String hint = "1 to 64 of letters, digits and . _ -, beginning with a letter or digit";
            parent.problems().add(member.at(), value.path(), "not a valid name", hint);
        }
        return value;
    }
}
