package io.essaim.admit;

import io.essaim.api.Ticker;
import io.essaim.config.AgentRule;
import io.essaim.config.Rules;
import java.util.HashMap;
import java.util.Map;

/** How much each agent of the rules may still ask for; those that they do not name share what the default has. Any thread. */
public final class Quotas {
    private final Map<String, Quota> quotas;

    public Quotas(Rules rules, Ticker ticker) {
        Map<String, Quota> all = new HashMap<>();
        rules.agents().values().forEach(agent -> all.put(agent.name(), new Quota(agent, ticker)));
        this.quotas = Map.copyOf(all);
    }

    /** One more request of this agent; what it gets is to be ended when the request is over. */
    public Entry enter(AgentRule agent) {
        Quota quota = quotas.get(agent.name());
        return quota == null ? Pass.UNCOUNTED : quota.enter(); // Null when the rules say nothing of this one.
    }

    /** How many requests of this agent were refused so far. */
    public long refused(AgentRule agent) {
        Quota quota = quotas.get(agent.name());
        return quota == null ? 0 : quota.refused();
    }
}
