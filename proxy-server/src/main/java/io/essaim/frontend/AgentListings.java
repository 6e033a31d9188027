package io.essaim.frontend;

import io.essaim.config.AgentRule;
import io.essaim.config.Rules;
import io.essaim.fleet.CloudModel;
import io.essaim.fleet.Fleet;
import io.essaim.fleet.FleetListing;
import io.essaim.model.ModelName;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What each agent is shown of the fleet. Models of its clouds are shown to an agent only if it may ask for them and
 * has proven its name: they tell whom the operator does business with. Any thread.
 *
 * @param all what hosts have
 * @param local the same by names of agents, for those that see some models only, by name or by zone
 * @param clouded what hosts and clouds have, by names of agents, for those that may use clouds
 */
public record AgentListings(FleetListing all, Map<String, FleetListing> local, Map<String, FleetListing> clouded) {

    public static AgentListings of(Rules rules, Fleet fleet) {
        Map<String, FleetListing> local = new LinkedHashMap<>();
        Map<String, FleetListing> clouded = new LinkedHashMap<>();
        for (AgentRule agent : rules.agents().values()) {
            if (!agent.profile().models().isEmpty() || !remotes(agent)) {
                local.put(agent.name(), answers(rules, fleet, agent, List.of()));
            }
            Collection<CloudModel> clouds = CloudModel.of(agent, rules);
            if (!clouds.isEmpty()) {
                clouded.put(agent.name(), answers(rules, fleet, agent, clouds));
            }
        }
        return new AgentListings(new FleetListing(fleet, rules.aliases()), Map.copyOf(local), Map.copyOf(clouded));
    }

    private static FleetListing answers(Rules rules, Fleet fleet, AgentRule agent, Collection<CloudModel> clouds) {
        return new FleetListing(fleet, rules.aliases(), model -> rules.mayUse(agent, model), clouds, remotes(agent));
    }

    /** Whether the agent's prompts may go where a host hands them on to. */
    private static boolean remotes(AgentRule agent) {
        return agent.profile().zone() == null || agent.profile().zone().admitsRemote();
    }

    /** What is shown to a caller. */
    FleetListing to(Caller caller, Rules rules) {
        String agent = rules.agent(caller.agent()).name();
        FleetListing own = caller.proven(rules) ? clouded.get(agent) : null;
        return own != null ? own : local.getOrDefault(agent, all);
    }

    /** The cloud's model that a caller is shown under a name; null when it is shown none, or a host's. */
    @Nullable
    CloudModel cloud(Caller caller, Rules rules, ModelName name) {
        return to(caller, rules).cloud(name);
    }
}
