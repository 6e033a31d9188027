package io.essaim.config;

import io.essaim.model.ModelName;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Bounds of what an agent gets, and what is chosen for it.
 *
 * @param models patterns of the models that there are for it; empty for all
 * @param model what it gets when it names no model or {@code default}; null for nothing
 * @param routes of its own, which are tried before those for everybody; empty for none
 * @param zone how far its requests may go; null for wherever the routes lead
 * @param pins what hosts are told whatever it says
 * @param rate how much it may ask for
 * @param gate what hosts have to be expected to do, lest its clouds are asked instead; null to ask clouds only when no host can answer
 * @param rescue whether an answer of its that breaks off may be continued by another backend
 * @param hedge whether a second local host may be asked beside one that says nothing
 */
public record Profile(
        List<ModelPattern> models,
        @Nullable ModelName model,
        List<RouteRule> routes,
        @Nullable Zone zone,
        Pins pins,
        RateRule rate,
        @Nullable Gate gate,
        boolean rescue,
        boolean hedge) {
    /** No bounds, no choices. */
    public static final Profile NONE =
            new Profile(List.of(), null, List.of(), null, Pins.NONE, RateRule.NONE, null, false, false);

    public Profile {
        models = List.copyOf(models);
        routes = List.copyOf(routes);
    }
}
