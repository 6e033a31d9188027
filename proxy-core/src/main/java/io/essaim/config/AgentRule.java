package io.essaim.config;

import java.util.List;

/**
 * What one kind of client may do.
 *
 * @param name unique name, 1 to 64 of letters, digits, {@code . _ -}
 * @param cloud clouds to try, in this order, when nothing local can answer; empty if requests must stay local
 */
public record AgentRule(String name, List<CloudEntry> cloud) {
    public AgentRule {
        cloud = List.copyOf(cloud);
    }
}
