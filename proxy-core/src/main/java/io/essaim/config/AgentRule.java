package io.essaim.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one kind of client may do.
 *
 * @param name unique name, 1 to 64 of letters, digits, {@code . _ -}
 * @param manage whether it may pull, copy, delete and create models; null for what the rules say for everybody
 * @param cloud clouds to try, in this order, when nothing local can answer; empty if requests must stay local
 */
public record AgentRule(String name, @Nullable Boolean manage, List<CloudEntry> cloud) {
    public AgentRule {
        cloud = List.copyOf(cloud);
    }
}
