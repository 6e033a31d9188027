package io.essaim.learn;

import java.util.concurrent.TimeUnit;

/** What one completed generation teaches. Used under the lock of its backend. */
final class CompletedGeneration {
    /** A shorter "load" is the search for a runner that is there. */
    private static final double LEAST_LOAD_SECONDS = 0.5;

    /** Fewer tokens say little of a speed. */
    private static final long LEAST_TOKENS = 16;

    private static final int LEAST_PIECES = 8;

    /** From so many tokens on, the time to the first token is reading rather than the way. */
    private static final long MOSTLY_PREFILL = 512;

    private static final double LEAST_OVERHEAD = 0.001;

    /** What a grammar was seen to add to {@code eval_duration} without being in it (Ollama 0.15.2, format json). */
    private static final double BETWEEN_TOKENS = 0.25;

    private final ActiveGeneration generation;
    private final ModelEstimates model;
    private final ReportedTimings timings;
    private final long now;

    CompletedGeneration(ActiveGeneration generation, ReportedTimings timings, long now) {
        this.generation = generation;
        this.model = generation.model;
        this.timings = timings;
        this.now = now;
    }

    GenerationFindings learn() {
        long tokens = learnLength();
        learnDecode(tokens);
        long counted = timings.promptTokens();
        model.habits.observePrompt(generation.demand.bodyBytes(), counted, now);
        GenerationFindings.Cache cache = GenerationFindings.Cache.UNKNOWN;
        if (counted > 0 && timings.promptNanos() > 0) {
            cache = model.prefill.observe(
                    seconds(timings.promptNanos()),
                    counted,
                    generation.demand.unheard() ? PrefillTimes.UNHEARD : generation.prediction.cachedTokens(),
                    crowdBefore(),
                    now);
            if (!generation.demand.unheard()) {
                model.habits.observeReading(model.readSeconds(), now);
            }
        }
        boolean loaded = seconds(timings.loadNanos()) >= LEAST_LOAD_SECONDS;
        if (loaded) {
            model.load.observe(seconds(timings.loadNanos()), now);
        }
        double queued = queuedSeconds();
        if (Double.isNaN(queued)) {
            learnFromClock();
            return new GenerationFindings(0, loaded, cache);
        }
        model.backend.hidden.observe(queued - generation.ownWait, now);
        model.slots.observe(generation.place, ran(), queued, generation.firstEnds);
        if (began()) {
            double inside = queued + seconds(timings.loadNanos()) + seconds(timings.promptNanos());
            learnOverhead(firstToken() - inside - model.decode.at(runningBefore()));
        }
        return new GenerationFindings(queued, loaded, cache);
    }

    /** The speed alone, of an answer that has no proper end. */
    void learnSpeed() {
        learnDecode(Math.round(generation.tokens()));
    }

    private long learnLength() {
        long tokens = timings.outputTokens() > 0 ? timings.outputTokens() : Math.round(generation.tokens());
        if (timings.outputTokens() >= LEAST_TOKENS && generation.pieces >= LEAST_PIECES) {
            model.tokensPerPiece.observe((double) timings.outputTokens() / generation.pieces, now);
        }
        long most = generation.demand.mostTokens();
        boolean cutShort =
                most >= 0 && tokens >= most && most < model.habits.lengths().mean();
        if (tokens > 0 && !cutShort) {
            model.habits.lengths().observe(tokens);
        }
        return tokens;
    }

    private void learnDecode(long tokens) {
        if (timings.outputTokens() >= LEAST_TOKENS && timings.outputNanos() > 0) {
            double perToken = seconds(timings.outputNanos()) / timings.outputTokens();
            model.wrote(perToken, runningSince(), 1, now);
            model.spoke(now);
        } else if (tokens >= LEAST_TOKENS && generation.lastAt - generation.firstAt > 0 && began()) {
            double perToken = seconds(generation.lastAt - generation.firstAt) / (tokens - 1);
            model.wrote(perToken, runningSince(), 1, now);
        }
    }

    /** Of a backend that says nothing: reading, loading and the way are told apart by what dominates. */
    private void learnFromClock() {
        Prediction expected = generation.prediction;
        if (onlyRead()) {
            learnReading(expected);
            return;
        }
        if (!generation.demand.streaming() || generation.pieces == 0) {
            learnFromWhole(expected);
            return;
        }
        if (expected.waitSeconds() > 0) {
            return;
        }
        long counted = timings.promptTokens() > 0 ? timings.promptTokens() : expected.promptTokens();
        long read = Math.max(1, counted - expected.cachedTokens());
        double reading = read * model.readSeconds() * crowdBefore().slowdown();
        if (generation.loadAhead() > 0) {
            double load = firstToken() - reading - model.overhead.value();
            if (load >= LEAST_LOAD_SECONDS && timings.loadNanos() < 0) {
                model.load.observe(load, now);
            }
        } else if (read >= MOSTLY_PREFILL && timings.promptNanos() < 0) {
            double took = firstToken() - model.overhead.value();
            learnPrefill(took, counted, expected);
        } else {
            learnOverhead(firstToken() - reading);
        }
    }

    /** An answer without tokens of its own, such as an embedding: all of it is reading and the way. */
    private boolean onlyRead() {
        return generation.pieces == 0
                && timings.promptTokens() > 0
                && timings.outputTokens() <= 0
                && generation.prediction.waitSeconds() == 0;
    }

    /** A whole answer of which nobody says how its time was spent: every part took its share. */
    private void learnFromWhole(Prediction expected) {
        double tokens = timings.outputTokens() > 0 ? timings.outputTokens() : expected.outputTokens();
        if (expected.waitSeconds() > 0 || generation.loadAhead() > 0 || tokens < LEAST_TOKENS) {
            return;
        }
        long counted = timings.promptTokens() > 0 ? timings.promptTokens() : expected.promptTokens();
        double running = runningBefore();
        double reading = Math.max(1, counted - expected.cachedTokens()) * model.readSeconds();
        double perToken = model.decode.at(running);
        double usual = model.overhead.value() + reading * crowdBefore().slowdown() + tokens * perToken;
        model.wrote(perToken * seconds(now - generation.begun) / usual, running, 1, now);
    }

    private void learnReading(Prediction expected) {
        double took = seconds(now - generation.begun) - Math.max(0, seconds(timings.loadNanos()));
        long counted = timings.promptTokens();
        if (counted >= MOSTLY_PREFILL) {
            learnPrefill(took - model.overhead.value(), counted, expected);
        } else {
            learnOverhead(took - counted * model.readSeconds() * crowdBefore().slowdown());
        }
    }

    private void learnPrefill(double took, long counted, Prediction expected) {
        model.prefill.observe(took, counted, expected.cachedTokens(), crowdBefore(), now);
    }

    /** Seconds in the queue inside; NaN when that cannot be told. */
    private double queuedSeconds() {
        double unnamed = timings.unnamedSeconds();
        if (Double.isNaN(unnamed)) {
            return unnamed;
        }
        if (!began()) {
            return Math.max(0, unnamed - BETWEEN_TOKENS * seconds(timings.outputNanos()));
        }
        // The queue lies before the first token, whatever is lost between the tokens.
        double before = firstToken() - seconds(timings.loadNanos()) - seconds(timings.promptNanos());
        return Math.max(0, Math.min(unnamed, before - model.decode.at(runningBefore())));
    }

    /** How many held a slot when it began to run, itself included; 0 when that was not seen. */
    private int ran() {
        if (!began()) {
            return 0;
        }
        long started = generation.firstAt - Math.max(0, timings.promptNanos());
        return generation.ran + model.ends.between(started, generation.firstAt, generation.number);
    }

    private void learnOverhead(double seconds) {
        model.overhead.observe(Math.max(LEAST_OVERHEAD, seconds), now);
    }

    private boolean began() {
        return generation.pieces > 0 && generation.demand.streaming();
    }

    private double firstToken() {
        return seconds(generation.firstAt - generation.begun);
    }

    /** Generations that ran on average until the first token was seen. */
    private double runningBefore() {
        if (!began() || generation.firstAt - generation.begun <= 0) {
            return average(generation.areaBegun, model.backend.running.area(now), now - generation.begun);
        }
        return average(generation.areaBegun, generation.areaFirst, generation.firstAt - generation.begun);
    }

    /** Who ran until the first token was seen. */
    private Concurrency crowdBefore() {
        boolean seen = began() && generation.firstAt - generation.begun > 0;
        double pace = seen ? generation.paceFirst : model.backend.running.pace(now);
        double window = seconds((seen ? generation.firstAt : now) - generation.begun);
        double read = pace - generation.paceBegun;
        return new Concurrency(runningBefore(), read > 0 ? Math.max(1, window / read) : 1);
    }

    /** Generations that ran on average since. */
    private double runningSince() {
        double area = model.backend.running.area(now);
        return began()
                ? average(generation.areaFirst, area, now - generation.firstAt)
                : average(generation.areaBegun, area, now - generation.begun);
    }

    private static double average(double from, double to, long nanos) {
        return nanos <= 0 ? 1 : Math.max(1, (to - from) / (nanos / 1e9));
    }

    private static double seconds(long nanos) {
        return Math.max(0, nanos) / (double) TimeUnit.SECONDS.toNanos(1);
    }
}
