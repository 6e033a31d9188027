package io.essaim.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one kind of client may do.
 *
 * @param name unique name, 1 to 64 of letters, digits, {@code . _ -}
 * @param manage whether it may pull, copy, delete and create models; null for what the rules say for everybody
 * @param keys keys of which it must show one
 * @param keysFile path of a file with more of them ({@link KeyFile}), absolute or relative to the directory of the rules file; null for none
 * @param port a port of its own, 1 to 65535; 0 for none
 * @param numCtx what is done about the contexts it asks for, before what the route says; null for nothing
 * @param priority how long its requests may be made to wait; default interactive
 * @param cloud clouds to try, in this order, when nothing local can answer; empty if requests must stay local
 * @param budget how much of clouds it may use; {@link BudgetRule#NONE} for any amount
 * @param profile what it gets; {@link Profile#NONE} for all there is
 */
public record AgentRule(
        String name,
        @Nullable Boolean manage,
        List<KeyHash> keys,
        @Nullable String keysFile,
        int port,
        @Nullable ContextRule numCtx,
        Priority priority,
        List<CloudEntry> cloud,
        BudgetRule budget,
        Profile profile) {
    /** The agent of whoever says nothing about himself. */
    public static final String DEFAULT = "default";

    /** What holds for agents that the rules do not name, if they do not name {@link #DEFAULT} either. */
    static final AgentRule UNKNOWN = new AgentRule(
            DEFAULT, null, List.of(), null, 0, null, Priority.INTERACTIVE, List.of(), BudgetRule.NONE, Profile.NONE);

    public AgentRule {
        keys = List.copyOf(keys);
        cloud = List.copyOf(cloud);
    }

    /** Whether it must show a key; also when its file has none that holds. */
    public boolean needsKey() {
        return !keys.isEmpty() || keysFile != null;
    }
}
