package io.essaim.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Whose certificates are accepted of a backend. It narrows only: chain and host name are verified in any case.
 *
 * @param ca path of a PEM file with the certificates to trust, absolute or relative to the directory of the rules file; null for
 *     those that Java trusts
 * @param pins one of which must be that of the server's key or of an issuer's; empty for any key
 */
public record TlsRule(@Nullable String ca, List<SpkiPin> pins) {
    public TlsRule {
        pins = List.copyOf(pins);
    }

    /** For a person. */
    @Override
    public String toString() {
        String trusted = ca == null ? "signed by whom Java trusts" : "signed by " + ca;
        return switch (pins.size()) {
            case 0 -> trusted;
            case 1 -> trusted + ", with the pinned key";
            default -> trusted + ", with one of " + pins.size() + " pinned keys";
        };
    }
}
