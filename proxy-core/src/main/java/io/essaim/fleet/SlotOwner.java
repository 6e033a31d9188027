package io.essaim.fleet;

import io.essaim.config.Priority;

/**
 * The agent whose request asks for a slot.
 *
 * @param agent its name; empty for the proxy itself
 * @param priority class of the agent
 */
public record SlotOwner(String agent, Priority priority) {
    /** The proxy itself, which competes with nobody for a share. */
    public static final SlotOwner PROXY = new SlotOwner("", Priority.BATCH);

    boolean isProxy() {
        return agent.isEmpty();
    }
}
