package io.essaim.benchmarks.simulate;

/**
 * A client who asks, reads, thinks and asks on, with all that was said so far in front. What he asks and how long the answers
 * are is drawn beforehand, so it is the same under every policy; only when he asks depends on when he was answered. One who
 * was not answered asks on all the same.
 */
final class Conversation {
    private static final int SAID_BESIDES = 30;
    private static final double SAID_MEAN = 60;

    final long id;
    final int model;
    private final Draws draws;
    private final Load load;
    private final int turns;
    private int turn;
    private int prompt;
    private int output;

    Conversation(long seed, long id, Load load, double[] shares) {
        this.id = id;
        this.load = load;
        this.draws = new Draws(seed, 1, id);
        this.model = draws.index(shares);
        this.turns = draws.geometric(load.turns());
        this.prompt = Math.max(20, (int) Math.round(draws.logNormal(load.promptMedian(), load.promptSigma())));
    }

    /** The next question. */
    Request ask(double now) {
        if (turn > 0) {
            prompt = prompt + output + SAID_BESIDES + (int) Math.round(draws.exponential(SAID_MEAN));
        }
        prompt = Math.min(prompt, load.mostPrompt());
        long drawn = Math.round(draws.logNormal(load.outputMedian(), load.outputSigma()));
        output = (int) Math.max(4, Math.min(load.mostOutput(), drawn));
        return new Request(this, ++turn, prompt, output, now);
    }

    boolean more() {
        return turn < turns;
    }

    /** Seconds until the next question. */
    double think() {
        return draws.exponential(load.thinkSeconds());
    }
}
