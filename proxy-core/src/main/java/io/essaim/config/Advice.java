package io.essaim.config;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is allowed in rules but hardly meant: gaps in what guards against strangers and against costs. */
public final class Advice {
    private Advice() {}

    /** One sentence per gap, in the order of the file; empty if there is none. */
    public static List<String> of(Rules rules) {
        List<String> lines = new ArrayList<>();
        access(rules, lines);
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

    /**
     * Why nobody should serve under these rules as they are: any machine that reaches this one could use the models. Null when that is not
     * so.
     */
    public static @Nullable String open(Rules rules) {
        return !isLoopback(rules.listen().host()) && letsAnybodyIn(rules)
                ? "listen.allow lets every address in, and no key is needed: whoever reaches "
                        + rules.listen().host() + ":"
                        + rules.listen().port()
                        + " can use the models. Give the rules \"keys\" (`essaim keys new`), or list the networks of your clients in listen.allow"
                : null;
    }

    private static boolean letsAnybodyIn(Rules rules) {
        return rules.listen().allow().stream().anyMatch(Cidr::isEverything)
                && !keyless(rules).isEmpty();
    }

    /** Gaps that matter where other machines can connect, themselves or through a proxy on this one. */
    private static void access(Rules rules, List<String> lines) {
        Admin admin = rules.admin();
        if (admin != null && !isLoopback(admin.host())) {
            lines.add("the admin page is open to other machines, and asks nobody for a password: admin.host is "
                    + admin.host());
        }
        boolean direct = !isLoopback(rules.listen().host());
        if (!direct && rules.listen().trust().isEmpty()) {
            return;
        }
        String open = open(rules);
        if (open != null) {
            lines.add(open);
        } else if (letsAnybodyIn(rules)) {
            lines.add(
                    "listen.allow lets every address in, and no key is needed: whoever reaches a proxy of listen.trust can use the"
                            + " models, unless that proxy keeps strangers away");
        }
        for (AgentRule agent : keyless(rules)) {
            if (rules.mayManage(agent.name())) {
                lines.add("agent " + agent.name()
                        + " may pull, create and delete models without a key, and anybody can claim to be it");
            }
            if (!rules.cloudsOf(agent.name()).isEmpty()) {
                lines.add("agent " + agent.name()
                        + " may use clouds without a key: anybody who names it, in a path or a field, spends"
                        + " its budget");
            }
        }
    }

    /** Agents that need no key, the one of strangers included. */
    private static List<AgentRule> keyless(Rules rules) {
        List<AgentRule> agents = new ArrayList<>(rules.agents().values());
        AgentRule strangers = rules.agent(AgentRule.DEFAULT);
        if (!agents.contains(strangers)) {
            agents.add(strangers);
        }
        agents.removeIf(rules::needsKey);
        return agents;
    }

    private static boolean isLoopback(String host) {
        return host.equalsIgnoreCase("localhost")
                || host.startsWith("127.")
                || host.equals("::1")
                || host.equals("[::1]");
    }

    private static boolean hasPrice(Rules rules, CloudEntry entry) {
        BackendRule backend = rules.backends().get(entry.backend());
        return backend != null && backend.priceOf(entry.model()).isPresent();
    }
}
