package io.essaim.learn;

import java.util.concurrent.TimeUnit;

/**
 * One request under way on one backend. Its lease reports its progress and ends it exactly once, by {@link #finished}
 * or {@link #abandoned}; later reports do nothing. Any thread.
 */
public final class ActiveGeneration {
    private static final long SAMPLE = TimeUnit.SECONDS.toNanos(2);
    private static final long LONGEST_SAMPLE = TimeUnit.SECONDS.toNanos(10);
    private static final int LEAST_PIECES = 4;
    private static final double SAMPLE_SHARE = 0.3;

    /** Seconds of a stream that show how fast it is, before it teaches anything. */
    private static final double LEAST_SPAN = 1;

    /** How many times slower than believed a stream has to be to count as such. */
    private static final double SLOWER = 2;

    private static final double OVERDUE = 1.5;
    private static final double LEAST_PATIENCE = 0.5;

    /** Of an answer that is not streamed nothing is seen before its end, and some are long. */
    private static final double WHOLE_PATIENCE = 4;

    /** Parsers of tool calls and thoughts hold text back, so silence alone is no stall. */
    private static final double QUIET_SECONDS = 5;

    private static final double QUIET_TOKENS = 20;

    final ModelEstimates model;
    final RequestSize demand;
    final Prediction prediction;
    double loadSeconds;

    /** Its number among those of the model when it began, itself included. */
    final int place;

    /** Seconds after which the first of those before it was expected to end; 0 without any. */
    final double firstEnds;

    /** Seconds that it was expected to wait behind our own. */
    final double ownWait;

    /** In the order in which those of the model began. */
    final long number;

    long begun;
    double areaBegun;
    double paceBegun;

    /** Where it stands in {@link ActiveGenerations}. */
    int index;

    /** How many of the model held a slot when its first token came, itself included; 0 until then. */
    int ran;

    /** Seconds after which its first token is too late. */
    double lateSeconds = Double.POSITIVE_INFINITY;

    int pieces;
    long firstAt;
    double areaFirst;
    double paceFirst;
    long lastAt;
    double areaLast;

    private final double patience;
    private final long sent;
    private double expectedSeconds;
    private boolean ended;
    private boolean waitedForLoad;
    private double lookedSeconds;
    private double lookedArea;
    private int lookedPieces;
    private long sampledAt;
    private int sampledPieces;
    private double sampledArea;

    /** Under the lock of the backend; {@code loads} tells whether it brings the model into memory. */
    ActiveGeneration(ModelEstimates model, RequestSize demand, Prediction prediction, boolean loads, long now) {
        this.model = model;
        this.demand = demand;
        this.prediction = prediction;
        this.loadSeconds = loads ? prediction.loadSeconds() : 0;
        this.begun = now;
        this.sent = now;
        this.number = model.nextNumber();
        ActiveGenerations running = model.backend.running;
        this.areaBegun = running.area(now);
        this.paceBegun = running.pace(now);
        running.survey(model, true, now);
        this.place = model.inFlight() + 1;
        this.firstEnds = running.ending > 0 ? 1 / running.ending : 0;
        this.expectedSeconds = prediction.ttftSeconds() / prediction.overdue();
        double writing = demand.streaming() ? 0 : prediction.outputTokens() * prediction.tpotSeconds();
        this.ownWait = Math.max(0, prediction.waitSeconds() - model.backend.hidden.seconds(now));
        this.patience = Math.max(LEAST_PATIENCE, expectedSeconds + WHOLE_PATIENCE * writing);
    }

    /**
     * The model was brought into memory by another request, for which this one waited; its own way begins now.
     */
    public void loaded(long now) {
        synchronized (model.backend) {
            if (ended || pieces > 0) {
                return;
            }
            if (loadSeconds > 0) {
                model.load.observe(elapsed(now), now);
                loadSeconds = 0;
            }
            expectedSeconds = Math.max(0, expectedSeconds - prediction.loadSeconds());
            begun = now;
            areaBegun = model.backend.running.area(now);
            paceBegun = model.backend.running.pace(now);
            waitedForLoad = true;
        }
    }

    /** Seconds that a load was still expected to take when its own way began. */
    double loadAhead() {
        return waitedForLoad ? 0 : prediction.loadSeconds();
    }

    /**
     * A part of the answer came.
     *
     * @param total parts that came until now: tokens where they can be counted, else chunks
     */
    public void progress(int total, long now) {
        synchronized (model.backend) {
            if (ended || total <= pieces) {
                return;
            }
            boolean first = pieces == 0;
            pieces = total;
            lastAt = now;
            areaLast = model.backend.running.area(now);
            if (first) {
                firstAt = now;
                areaFirst = areaLast;
                paceFirst = model.backend.running.pace(now);
                sampled();
                ran = 1 + model.backend.running.before(this);
                model.writing(now);
            }
            long span = now - sampledAt;
            int came = total - sampledPieces;
            if (span >= SAMPLE && (came >= LEAST_PIECES || span >= LONGEST_SAMPLE)) {
                lookedPieces = came;
                lookedSeconds = span / 1e9;
                lookedArea = areaLast - sampledArea;
                double tokens = came * model.tokensPerPiece.value();
                model.wrote(lookedSeconds / tokens, Math.max(1, lookedArea / lookedSeconds), SAMPLE_SHARE, now);
                sampled();
            }
        }
    }

    private void sampled() {
        sampledAt = lastAt;
        sampledPieces = pieces;
        sampledArea = areaLast;
    }

    /**
     * The whole answer came; learns from it.
     *
     * @param timings what the backend said at the end; {@link ReportedTimings#NONE} when nothing
     */
    public GenerationFindings finished(ReportedTimings timings, long now) {
        synchronized (model.backend) {
            if (ended) {
                return GenerationFindings.NONE;
            }
            ended = true;
            GenerationFindings findings = new CompletedGeneration(this, timings, now).learn();
            model.leave(this, now);
            return findings;
        }
    }

    /** It failed, or the client left: what came until now teaches the speed, but not the length. */
    public void abandoned(long now) {
        synchronized (model.backend) {
            if (!ended) {
                ended = true;
                new CompletedGeneration(this, ReportedTimings.NONE, now).learnSpeed();
                model.leave(this, now);
            }
        }
    }

    /** Tokens that it has written, as far as was seen. */
    double tokens() {
        return pieces * model.tokensPerPiece.value();
    }

    double elapsed(long now) {
        return (now - begun) / 1e9;
    }

    /** Whether it waits for a load that it caused. */
    boolean loads() {
        return loadSeconds > 0 && pieces == 0;
    }

    /** Seconds for which it will hold its slot while so many run. */
    double remaining(double running, long now) {
        double perToken = model.tokenSeconds(running);
        double ahead = 0;
        double produced = tokens();
        if (pieces == 0) {
            ahead = expectedSeconds - elapsed(now);
            if (ahead < 0 && !demand.streaming()) {
                produced = -ahead / perToken;
            }
        }
        double left = model.habits.lengths().remaining(produced);
        if (demand.mostTokens() >= 0) {
            left = Math.min(left, Math.max(0, demand.mostTokens() - produced));
        }
        return Math.max(0, ahead) + left * perToken;
    }

    /** Seconds until its first token while so many run: what is left to be loaded and read, all having shared the machine until now. */
    double untilFirst(double running, long now) {
        double kept = prediction.cachedTokens() * model.prefill.kept();
        double toRead = (prediction.promptTokens() - kept) * model.readSeconds();
        double slowdown = model.backend.crowding.times(running);
        if (loads()) {
            return Math.max(0, loadSeconds - elapsed(now)) + toRead * slowdown;
        }
        return Math.max(0, toRead - (model.backend.running.pace(now) - paceBegun)) * slowdown;
    }

    /** Whether its first token would come too late beside one more, and does not beside those who run. */
    boolean wouldBeLate(double running, long now) {
        if (pieces > 0 || lateSeconds == Double.POSITIVE_INFINITY) {
            return false;
        }
        double left = lateSeconds - (now - sent) / 1e9;
        return untilFirst(running, now) <= left && untilFirst(running + 1, now) > left;
    }

    /** 1, or how many times longer than predicted nothing has come. */
    double overdue(long now) {
        if (pieces == 0) {
            double times = elapsed(now) / patience;
            return times > OVERDUE ? times : 1;
        }
        double quiet = QUIET_SECONDS + QUIET_TOKENS * prediction.tpotSeconds();
        return Math.max(1, (now - lastAt) / 1e9 / quiet);
    }

    /**
     * 1, or how many times slower its parts come than is believed: those since the last look, or while they say little those before it.
     * Silence is nothing of the kind.
     */
    double slower() {
        double seconds = (lastAt - sampledAt) / 1e9;
        int came = pieces - sampledPieces;
        if (came >= LEAST_PIECES && seconds >= LEAST_SPAN) {
            return slower(came, seconds, areaLast - sampledArea);
        }
        return lookedPieces == 0 ? 1 : slower(lookedPieces, lookedSeconds, lookedArea);
    }

    private double slower(int came, double seconds, double area) {
        double believed = came * model.tokensPerPiece.value() * model.tokenSeconds(Math.max(1, area / seconds));
        double times = seconds / believed;
        return times > SLOWER ? times : 1;
    }
}
