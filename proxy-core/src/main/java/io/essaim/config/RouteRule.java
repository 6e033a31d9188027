package io.essaim.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where requests for certain models go. The first route with a matching pattern decides.
 *
 * @param models patterns, at least one
 * @param tiers at least one, none empty; a later tier is used only while no backend of the earlier ones can answer
 * @param numCtx what is done about contexts; null for nothing
 */
public record RouteRule(
        List<ModelPattern> models,
        List<List<TierEntry>> tiers,
        @Nullable ContextRule numCtx) {
    public RouteRule {
        models = List.copyOf(models);
        tiers = tiers.stream().map(List::copyOf).toList();
    }

    /** Whether a pattern of the route covers every model there is. */
    public boolean forEveryModel() {
        return models.stream().anyMatch(ModelPattern::matchesAll);
    }
}
