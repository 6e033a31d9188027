package io.essaim.admission;

import io.essaim.api.Ticker;
import io.essaim.config.AgentRule;
import io.essaim.config.RateRule;
import io.essaim.selection.Choice;
import io.essaim.selection.Choice.Reason;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What one agent may still use: buckets of requests and of tokens that hold the whole rate and fill up evenly, and a
 * count of active requests. A request costs one at its start. Its tokens are known at its end, so the bucket of tokens
 * may be in debt; no request is admitted until that is paid. Any thread; the lock is held for some instructions.
 */
final class Quota {
    /** Nobody knows when an answer ends; OpenClaw waits as long as a 429 says, ten times at most. */
    private static final int RETRY_SECONDS = 5;

    private static final double ROUNDING = 1e-6;

    private final String agent;
    private RateRule rule;
    private @Nullable Bucket requests;
    private @Nullable Bucket tokens;
    private final Ticker ticker;
    private int underWay;
    private long refused;

    /** Under the lock of its quota. */
    private static final class Bucket {
        private final int size;
        private final double perNano;
        private double left;
        private long at;

        Bucket(int size, Duration per, long now) {
            this.size = size;
            this.perNano = (double) size / per.toNanos();
            this.left = size;
            this.at = now;
        }

        /** Seconds until there is at least one; 0 when there is. */
        int secondsToOne(long now) {
            left = Math.min(size, left + (now - at) * perNano);
            at = now;
            return left >= 1 - ROUNDING
                    ? 0
                    : (int) Math.min(Integer.MAX_VALUE, Math.max(1, Math.ceil((1 - left) / perNano / 1e9)));
        }
    }

    Quota(AgentRule agent, Ticker ticker) {
        this.agent = agent.name();
        this.rule = agent.profile().rate();
        this.ticker = ticker;
        this.requests = bucket(rule.requests(), rule.per(), ticker);
        this.tokens = bucket(rule.tokens(), rule.per(), ticker);
    }

    private static @Nullable Bucket bucket(int size, @Nullable Duration per, Ticker ticker) {
        return size == 0 || per == null ? null : new Bucket(size, per, ticker.nanos());
    }

    /** Another rule holds from now on; what is under way goes on to count, and buckets begin anew where their size changes. */
    synchronized void adopt(RateRule newRule) {
        if (!newRule.equals(rule)) {
            rule = newRule;
            requests = bucket(newRule.requests(), newRule.per(), ticker);
            tokens = bucket(newRule.tokens(), newRule.per(), ticker);
        }
    }

    synchronized QuotaDecision enter() {
        if (rule.concurrency() > 0 && underWay >= rule.concurrency()) {
            String text = "agent \"" + agent + "\" has " + underWay + " requests under way, as many as it may";
            return refuse(Reason.CONCURRENCY, text, RETRY_SECONDS);
        }
        long now = ticker.nanos();
        int paid = tokens == null ? 0 : tokens.secondsToOne(now);
        if (paid > 0) {
            return refuse(
                    Reason.RATE,
                    "agent \"" + agent + "\" may use " + rule.tokens() + " tokens per " + rule.word(),
                    paid);
        }
        int seconds = requests == null ? 0 : requests.secondsToOne(now);
        if (seconds > 0) {
            return refuse(
                    Reason.RATE,
                    "agent \"" + agent + "\" may make " + rule.requests() + " requests per " + rule.word(),
                    seconds);
        }
        if (requests != null) {
            requests.left = Math.max(0, requests.left - 1);
        }
        underWay++;
        return new QuotaPermit(this);
    }

    private QuotaDecision refuse(Reason reason, String text, int seconds) {
        refused++;
        return new QuotaDecision.Refused(
                new Choice.Refused(reason, 429, text + ". Please try again in " + seconds + "s.", seconds));
    }

    /** @param count tokens that a request used, 0 or more */
    synchronized void used(long count) {
        if (tokens != null) {
            tokens.secondsToOne(ticker.nanos()); // What was spared until now, no more than the bucket holds.
            tokens.left -= count;
        }
    }

    synchronized void leave() {
        underWay--;
    }

    synchronized long refused() {
        return refused;
    }
}
