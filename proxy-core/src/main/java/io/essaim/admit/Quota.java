package io.essaim.admit;

import io.essaim.api.Ticker;
import io.essaim.choose.Choice;
import io.essaim.choose.Choice.Reason;
import io.essaim.config.AgentRule;
import io.essaim.config.RateRule;
import java.time.Duration;

/**
 * How much one agent may still ask for: a token bucket that holds the whole rate and fills up evenly, and a count of what is
 * under way. Any thread; its lock is held for some instructions.
 */
final class Quota {
    /** Nobody knows when an answer ends; OpenClaw waits as long as a 429 says, ten times at most. */
    private static final int RETRY_SECONDS = 5;

    private static final double ROUNDING = 1e-6;

    private final String agent;
    private final RateRule rule;
    private final Ticker ticker;
    private double left;
    private long at;
    private int underWay;
    private long refused;

    Quota(AgentRule agent, Ticker ticker) {
        this.agent = agent.name();
        this.rule = agent.profile().rate();
        this.ticker = ticker;
        this.left = rule.requests();
        this.at = ticker.nanos();
    }

    synchronized Entry enter() {
        if (rule.concurrency() > 0 && underWay >= rule.concurrency()) {
            String text = "agent \"" + agent + "\" has " + underWay + " requests under way, as many as it may";
            return refuse(Reason.CONCURRENCY, text, RETRY_SECONDS);
        }
        Duration per = rule.per();
        if (per != null) {
            double perNano = (double) rule.requests() / per.toNanos();
            fill(perNano);
            if (left < 1 - ROUNDING) {
                int seconds = (int) Math.max(1, Math.ceil((1 - left) / perNano / 1e9));
                String text = "agent \"" + agent + "\" may make " + rule.requests() + " requests per " + rule.word();
                return refuse(Reason.RATE, text, seconds);
            }
            left = Math.max(0, left - 1);
        }
        underWay++;
        return new Pass(this);
    }

    private void fill(double perNano) {
        long now = ticker.nanos();
        left = Math.min(rule.requests(), left + (now - at) * perNano);
        at = now;
    }

    private Entry refuse(Reason reason, String text, int seconds) {
        refused++;
        return new Entry.Refused(
                new Choice.Refused(reason, 429, text + ". Please try again in " + seconds + "s.", seconds));
    }

    synchronized void leave() {
        underWay--;
    }

    synchronized long refused() {
        return refused;
    }
}
