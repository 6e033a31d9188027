package io.essaim.selection;

import io.essaim.config.Zone;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/**
 * Candidates of equal rank, at least one. Of a large tier a request looks at a sample only ({@link TierSampler}). Any thread.
 */
public final class Tier {
    /** Candidates that are all looked at; looking at one takes about a quarter of a microsecond. */
    static final int MOST_SCANNED = 256;

    private final List<Candidate> candidates;
    private final TierSampler sampling;

    /** By the zones of the rules. */
    private final ConcurrentMap<Zone, Part> parts = new ConcurrentHashMap<>();

    /**
     * What is left of a tier within a zone.
     *
     * @param near the tier itself when that is all of it; null when it is nothing
     * @param beyond names of the backends that are farther away
     */
    record Part(@Nullable Tier near, List<String> beyond) {}

    Tier(List<Candidate> candidates) {
        this.candidates = List.copyOf(candidates);
        this.sampling = new TierSampler(this.candidates);
    }

    /** In the order of the rules. */
    public List<Candidate> candidates() {
        return candidates;
    }

    /**
     * The part that lies within a zone, always the same one: requests that may go to the same backends are alike for who serves the
     * queue, and share one sampling.
     */
    Part within(Zone zone) {
        return parts.computeIfAbsent(zone, this::part);
    }

    private Part part(Zone zone) {
        List<Candidate> kept = new ArrayList<>(candidates.size());
        List<String> beyond = new ArrayList<>();
        for (Candidate candidate : candidates) {
            if (zone.admits(candidate.backend().rule().zone())) {
                kept.add(candidate);
            } else {
                beyond.add(candidate.backend().name());
            }
        }
        Tier near = beyond.isEmpty() ? this : kept.isEmpty() ? null : new Tier(kept);
        return new Part(near, List.copyOf(beyond));
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
        return large() ? TierSampler.SAMPLES + 2 : candidates.size();
    }

    /** How a sample is drawn. */
    TierSampler sampling() {
        return sampling;
    }
}
