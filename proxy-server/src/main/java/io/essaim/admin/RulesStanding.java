package io.essaim.admin;

import java.time.Instant;

/**
 * Which rules hold, and why newer ones do not.
 *
 * @param changes how often other rules took effect since the start
 * @param since when those that hold did
 * @param refused what is wrong with the rules that were found last, a line each; empty when these are the ones that hold
 */
public record RulesStanding(long changes, Instant since, String refused) {
    /** The rules of a start. */
    public static RulesStanding first(Instant now) {
        return new RulesStanding(0, now, "");
    }

    /** Other rules took effect. */
    public RulesStanding changed(Instant now) {
        return new RulesStanding(changes + 1, now, "");
    }

    /** Other rules were found, and cannot be used. */
    public RulesStanding refused(String why) {
        return new RulesStanding(changes, since, why);
    }
}
