package io.essaim.admission;

import io.essaim.api.Ticker;
import io.essaim.config.AgentRule;
import io.essaim.config.Rules;
import java.util.HashMap;
import java.util.Map;

/**
 * The quotas of the agents in the rules. Agents that the rules do not name share the quota of the default agent. Any
 * thread.
 */
public final class Quotas {
    private final Map<String, Quota> quotas;

    private Quotas(Map<String, Quota> quotas) {
        this.quotas = Map.copyOf(quotas);
    }

    public Quotas(Rules rules, Ticker ticker) {
        Map<String, Quota> all = new HashMap<>();
        rules.agents().values().forEach(agent -> all.put(agent.name(), new Quota(agent, ticker)));
        this.quotas = Map.copyOf(all);
    }

    /** The quotas of other rules. An agent that both rules name keeps what it had left, and what it has under way. */
    public Quotas changed(Rules rules, Ticker ticker) {
        Map<String, Quota> all = new HashMap<>();
        for (AgentRule agent : rules.agents().values()) {
            Quota known = quotas.get(agent.name());
            if (known == null) {
                all.put(agent.name(), new Quota(agent, ticker));
            } else {
                known.adopt(agent.profile().rate());
                all.put(agent.name(), known);
            }
        }
        return new Quotas(all);
    }

    /** One more request of this agent; what it gets is to be ended when the request is over. */
    public QuotaDecision enter(AgentRule agent) {
        Quota quota = quotas.get(agent.name());
        return quota == null ? QuotaPermit.UNCOUNTED : quota.enter(); // Null when the rules say nothing of this one.
    }

    /** How many requests of this agent were refused so far. */
    public long refused(AgentRule agent) {
        Quota quota = quotas.get(agent.name());
        return quota == null ? 0 : quota.refused();
    }
}
