package io.essaim.choose;

import java.util.List;

/**
 * Candidates of equal rank, at least one. Of a large tier a request looks at a sample only ({@link Sampling}). Any thread.
 */
public final class Tier {
    /** Candidates that are all looked at; looking at one takes about a quarter of a microsecond. */
    static final int MOST_SCANNED = 256;

    private final List<Candidate> candidates;
    private final Sampling sampling;

    Tier(List<Candidate> candidates) {
        this.candidates = List.copyOf(candidates);
        this.sampling = new Sampling(this.candidates);
    }

    /** In the order of the rules. */
    public List<Candidate> candidates() {
        return candidates;
    }

    public int size() {
        return candidates.size();
    }

    /** Whether only a sample is looked at. */
    boolean large() {
        return candidates.size() > MOST_SCANNED;
    }

    /**
     * Those that a request looks at: all of them, or a sample.
     *
     * @param homes names of backends that have read its conversation
     */
    List<Candidate> look(List<String> homes, long now) {
        return large() ? sampling.draw(homes, now) : candidates;
    }

    /** How many a request is likely to look at. */
    int looked() {
        return large() ? Sampling.SAMPLES + 2 : candidates.size();
    }

    /** How a sample is drawn. */
    Sampling sampling() {
        return sampling;
    }
}
