package io.essaim.selection;

import io.essaim.config.AgentRule;
import io.essaim.config.Gate;
import io.essaim.config.Zone;
import io.essaim.model.ModelName;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The ordered tiers of candidates for one request. Tiers without a candidate do not occur; an empty plan means that no
 * route matches the model.
 *
 * @param model what was asked for
 * @param tiers most wanted first
 * @param asked the context that the client asks for, in tokens; null when it leaves that to the host
 * @param context the context that the host is to be asked for, by the rules perhaps another one
 * @param withheld which candidates the rules took out, and which rule did; null when none
 * @param gate what has to be expected of a candidate, lest the request is refused as {@link Choice.Reason#NOT_GOOD_ENOUGH}; null for
 *     nothing
 */
public record Plan(
        ModelName model,
        List<Tier> tiers,
        @Nullable Integer asked,
        @Nullable Integer context,
        @Nullable String withheld,
        @Nullable Gate gate) {

    /** A plan of which nothing was taken out. */
    Plan(ModelName model, List<Tier> tiers, @Nullable Integer asked, @Nullable Integer context) {
        this(model, tiers, asked, context, null, null);
    }

    /**
     * The plan without what is farther away than an agent's requests may go.
     *
     * @param agent whose rule sets the limit; null in it for none
     */
    public Plan within(AgentRule agent) {
        Zone zone = agent.profile().zone();
        return zone == null ? this : near(agent, zone).without(agent, zone);
    }

    /**
     * Without the hosts that would send the prompt away themselves. If there is one, then also without those that do not have the
     * model: what is left can answer.
     */
    private Plan without(AgentRule agent, Zone zone) {
        if (zone.admitsRemote() || tiers.stream().noneMatch(Plan::anyRemote)) {
            return this;
        }
        Set<String> away = new LinkedHashSet<>();
        List<Tier> kept = new ArrayList<>(tiers.size());
        for (Tier tier : tiers) {
            List<Candidate> staying = new ArrayList<>(tier.size());
            for (Candidate candidate : tier.candidates()) {
                if (candidate.remote()) {
                    away.add(candidate.backend().name());
                } else if (Eligibility.mayHave(candidate)) {
                    staying.add(candidate);
                }
            }
            if (!staying.isEmpty()) {
                kept.add(new Tier(staying));
            }
        }
        String why = "agents." + agent.name() + ".zone is " + zone + ", and the model is a cloud's, to which "
                + String.join(", ", away) + " would send the prompt";
        return new Plan(model, kept, asked, context, withheld == null ? why : withheld + "; " + why, gate);
    }

    private static boolean anyRemote(Tier tier) {
        for (Candidate candidate : tier.candidates()) {
            if (candidate.remote()) {
                return true;
            }
        }
        return false;
    }

    private Plan near(AgentRule agent, Zone zone) {
        Set<String> beyond = new LinkedHashSet<>();
        List<Tier> near = new ArrayList<>(tiers.size());
        for (Tier tier : tiers) {
            Tier.Part part = tier.within(zone);
            beyond.addAll(part.beyond());
            if (part.near() != null) {
                near.add(part.near());
            }
        }
        String why =
                "agents." + agent.name() + ".zone is " + zone + ", which keeps this from " + String.join(", ", beyond);
        return beyond.isEmpty() ? this : new Plan(model, near, asked, context, why, gate);
    }

    /** The plan with another gate. */
    public Plan gated(@Nullable Gate newGate) {
        return new Plan(model, tiers, asked, context, withheld, newGate);
    }

    /** What is to be added to a refusal: why there were not more candidates. Empty when there is nothing to say. */
    public String note() {
        return withheld == null ? "" : "; " + withheld;
    }

    /** Whether the rules know nothing to do with the model. */
    public boolean isEmpty() {
        return tiers.isEmpty();
    }
}
