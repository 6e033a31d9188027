package io.essaim.config;

import java.util.Map;
import java.util.Optional;

/** Checks the name of a backend where a tier or a cloud list uses one. */
final class BackendRef {
    private BackendRef() {}

    /** The name at this place if it is a string, after reporting what is wrong with it. */
    static Optional<String> read(Spot spot, Map<String, Optional<Dialect>> known, boolean cloud) {
        Optional<String> name = spot.text();
        if (name.isEmpty()) {
            return name;
        }
        Optional<Dialect> found = known.get(name.get());
        if (found == null) {
            spot.refuse("unknown backend \"" + name.get() + "\"", Nearest.hint(name.get(), known.keySet()));
        } else if (found.isPresent() && found.get().isCloud() != cloud) {
            String subject =
                    "backend \"" + name.get() + "\" speaks the " + found.get().key() + " dialect";
            if (!cloud) {
                spot.refuse(
                        subject, "tiers are local; put clouds in the \"cloud\" list of the agents that may use them");
            } else {
                spot.refuse(subject, "cloud lists are for other dialects; put it in the tiers of a route");
            }
        }
        return name;
    }
}
