package io.essaim.frontend;

import io.essaim.admission.Quotas;
import io.essaim.config.Rules;
import io.essaim.exchange.ServingState;
import io.essaim.fleet.FleetListing;
import io.essaim.manage.ManagedFleet;
import io.essaim.model.ModelName;

/**
 * What client connections need to serve requests under one set of rules. Any thread.
 *
 * @param serving what exchanges share
 * @param managed the hosts whose models clients may change
 * @param admission decides which requests are admitted
 * @param quotas how much agents may still ask for
 * @param listings what each agent is shown of the fleet
 * @param shows earlier answers of {@code /api/show}
 * @param firstLook whether the hosts have been probed since the start
 */
public record FrontendServices(
        ServingState serving,
        ManagedFleet managed,
        AdmissionControl admission,
        Quotas quotas,
        AgentListings listings,
        ShowCache shows,
        FirstProbe firstLook) {

    /** The rules. */
    public Rules rules() {
        return serving.rules();
    }

    /** Whether the hosts have been probed since the start, or long enough was waited for that. */
    boolean hostsLookedAt(long now) {
        return firstLook.isOver(managed.fleet(), now);
    }

    /**
     * Whether the name of a model is that of a cloud's model, of which the agent's listings show no host: hosts are not asked then.
     *
     * @param agent that has proven to be it, if its rule asks for that
     */
    public boolean meansCloud(String agent, ModelName model) {
        FleetListing own = listings.clouded().get(rules().agent(agent).name());
        return own != null && own.cloud(model) != null;
    }
}
