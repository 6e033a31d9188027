package io.essaim.selection;

import io.essaim.fleet.Backend;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Draws few candidates of many: those that have read the conversation, and twelve more, each as likely as it is fast.
 * An even draw would send as many requests to slow hosts as to fast ones (power of d choices on unequal servers:
 * Hurtado-Lange and Maguluri, arXiv 2004.00538).
 *
 * <p>The twelve lie at equal distances on the line of all capacities, so they differ unless one host is a twelfth of
 * the whole. The first one moves on by the golden section from request to request, which visits all places evenly
 * without a source of randomness. The line is drawn anew when it is older than a tenth of a second: of the hosts that
 * have the model in memory, or of all that may be asked if those are fewer than two. Any thread.
 */
final class TierSampler {
    static final int SAMPLES = 12;

    private static final long FRESH = TimeUnit.MILLISECONDS.toNanos(100);
    private static final int GOLDEN = 0x9E3779B9;
    private static final double WHOLE = 0x1p32;

    private final List<Candidate> all;
    private final Map<String, Candidate> byName = new HashMap<>();
    private final AtomicInteger place = new AtomicInteger();
    private volatile @Nullable Line line;

    /**
     * The candidates that may be drawn.
     *
     * @param upTo of each, its own capacity and that of those before it, in tokens per second; ascending
     * @param slots of all that are possible
     */
    private record Line(List<Candidate> candidates, double[] upTo, int slots, long at) {}

    TierSampler(List<Candidate> all) {
        this.all = all;
        if (all.size() > Tier.MOST_SCANNED) {
            all.forEach(candidate -> byName.put(candidate.backend().name(), candidate));
        }
    }

    /**
     * A sample; empty only when nobody may be asked.
     *
     * @param homes names of backends that have read the conversation
     */
    List<Candidate> draw(List<String> homes, long now) {
        List<Candidate> drawn = new ArrayList<>(homes.size() + SAMPLES);
        for (String home : homes) {
            Candidate candidate = byName.get(home);
            if (candidate != null) {
                drawn.add(candidate);
            }
        }
        Line present = line(now);
        int count = present.candidates.size();
        if (count == 0) {
            return drawn;
        }
        double whole = present.upTo[count - 1];
        double start = Integer.toUnsignedLong(place.getAndAdd(GOLDEN)) / WHOLE;
        for (int i = 0; i < SAMPLES; i++) {
            double at = whole * ((start + i) / SAMPLES);
            int found = Arrays.binarySearch(present.upTo, at);
            Candidate candidate = present.candidates.get(Math.min(count - 1, found < 0 ? -1 - found : found + 1));
            if (!drawn.contains(candidate)) {
                drawn.add(candidate);
            }
        }
        return drawn;
    }

    /** One with a free slot that may be asked; null when there is none. Begins somewhere else each time. */
    @Nullable
    Candidate free(Set<Backend> tried, long now) {
        int start = (int) ((Integer.toUnsignedLong(place.getAndAdd(GOLDEN)) * all.size()) >>> 32);
        for (int i = 0; i < all.size(); i++) {
            Candidate candidate = all.get((start + i) % all.size());
            Backend backend = candidate.backend();
            if (backend.hasFreeSlot(candidate.model())
                    && !tried.contains(backend)
                    && Eligibility.obstacle(candidate, now) == null) {
                return candidate;
            }
        }
        return null;
    }

    /** Slots of all that are alive and may have the model. */
    int slots(long now) {
        return line(now).slots;
    }

    private Line line(long now) {
        Line present = line;
        if (present == null || now - present.at > FRESH) {
            present = drawn(now);
            line = present; // Two that do so at once draw the same.
        }
        return present;
    }

    private Line drawn(long now) {
        List<Candidate> warm = new ArrayList<>();
        List<Candidate> eligible = new ArrayList<>();
        int slots = 0;
        for (Candidate candidate : all) {
            slots += Eligibility.possible(candidate) ? candidate.backend().slots(candidate.model()) : 0;
            if (Eligibility.obstacle(candidate, now) == null) {
                eligible.add(candidate);
                if (candidate.backend().warm(candidate.model(), now)) {
                    warm.add(candidate);
                }
            }
        }
        List<Candidate> chosen = warm.size() < 2 ? eligible : warm;
        double[] upTo = new double[chosen.size()];
        double sum = 0;
        for (int i = 0; i < upTo.length; i++) {
            sum += capacity(chosen.get(i), now);
            upTo[i] = sum;
        }
        return new Line(chosen, upTo, slots, now);
    }

    private static double capacity(Candidate candidate, long now) {
        Backend backend = candidate.backend();
        double favour = backend.rule().weight() * backend.ramp(now);
        return favour * backend.state(candidate.model()).estimates().capacity();
    }
}
