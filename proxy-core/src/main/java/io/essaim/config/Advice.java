package io.essaim.config;

import java.util.ArrayList;
import java.util.List;

/** What is allowed in rules but hardly meant: gaps in what guards against costs. */
public final class Advice {
    private Advice() {}

    /** One sentence per gap, in the order of the file; empty if there is none. */
    public static List<String> of(Rules rules) {
        List<String> lines = new ArrayList<>();
        for (AgentRule agent : rules.agents().values()) {
            List<CloudEntry> clouds = rules.cloudsOf(agent.name());
            if (clouds.isEmpty() && !agent.cloud().isEmpty()) {
                lines.add("the clouds of agent " + agent.name() + " are never asked: everybody who names no agent is "
                        + agent.name());
            } else if (clouds.isEmpty() && agent.budget().limits()) {
                lines.add("agent " + agent.name() + " has a budget but no cloud to spend it on");
            }
            if (!clouds.isEmpty() && !agent.budget().limits()) {
                lines.add("agent " + agent.name() + " may use clouds without a budget");
            }
            if (agent.budget().limitsCost()) {
                clouds.stream()
                        .filter(entry -> !hasPrice(rules, entry))
                        .map(entry -> "the budget of agent " + agent.name() + " limits cost, but " + entry.backend()
                                + " has no price for " + entry.model() + ", which counts as free")
                        .forEach(lines::add);
            }
        }
        return lines;
    }

    private static boolean hasPrice(Rules rules, CloudEntry entry) {
        BackendRule backend = rules.backends().get(entry.backend());
        return backend != null && backend.priceOf(entry.model()).isPresent();
    }
}
