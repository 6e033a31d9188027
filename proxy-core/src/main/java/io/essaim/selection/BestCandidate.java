package io.essaim.selection;

import io.essaim.selection.Choice.Considered;
import io.essaim.selection.Choice.Standing;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/** The candidates of one choice that were compared so far, and the best of them. One thread. */
final class BestCandidate {
    /** By how much a later tier has to be cheaper: a standby that would do about as well stays one. */
    private static final double RELUCTANCE = 0.4;

    private final List<Considered> considered;

    /** The tier of each considered, in their order. */
    private int[] tiers;

    /** Which of them are good enough. */
    private final BitSet good = new BitSet();

    /** The first tier with a candidate that could be taken, now or later; those behind it have to be clearly better. */
    private int first = -1;

    /** @param expected how many are likely to be looked at */
    BestCandidate(int expected) {
        considered = new ArrayList<>(expected);
        tiers = new int[expected];
    }

    /** @param suits whether it is as good as the agent wants, or as nobody would look further for */
    void add(Considered one, int tier, boolean suits) {
        int index = considered.size();
        considered.add(one);
        if (index == tiers.length) {
            tiers = Arrays.copyOf(tiers, 2 * index + 1);
        }
        tiers[index] = tier;
        good.set(index, suits);
        if (first < 0 && possible(one)) {
            first = tier;
        }
    }

    List<Considered> all() {
        return considered;
    }

    Considered get(int index) {
        return considered.get(index);
    }

    int tier(int index) {
        return tiers[index];
    }

    /** Whether it is of the first tier that has somebody. */
    boolean leads(int index) {
        return tiers[index] == first;
    }

    boolean good(int index) {
        return good.get(index);
    }

    /** It stands otherwise than was seen first. */
    void replace(int index, Considered other) {
        considered.set(index, other);
    }

    /**
     * The one with the lowest cost; -1 when there is none.
     *
     * @param onlyGood whether the others do not count
     * @param spare whether what is good enough of a later tier goes before the first one
     */
    int best(boolean onlyGood, boolean spare) {
        int best = -1;
        double lowest = Double.POSITIVE_INFINITY;
        boolean later = false;
        for (int i = 0; i < considered.size(); i++) {
            Considered one = considered.get(i);
            if (Double.isNaN(one.cost()) || onlyGood && !good.get(i)) {
                continue;
            }
            boolean spares = spare && tiers[i] > first && good.get(i) && free(one);
            double cost = one.cost();
            if (tiers[i] > first && !spares) {
                cost += RELUCTANCE * Math.abs(cost);
            }
            if (spares && !later || spares == later && cost < lowest) {
                best = i;
                lowest = cost;
                later = spares;
            }
        }
        return best;
    }

    /** Whether anybody could be taken, now or later. */
    boolean any() {
        return first >= 0;
    }

    boolean anyFree() {
        return considered.stream().anyMatch(one -> possible(one) && free(one));
    }

    boolean any(Standing standing) {
        return considered.stream().anyMatch(one -> one.standing() == standing);
    }

    /** Whether it can be taken, now or later. */
    static boolean possible(Considered one) {
        return !Double.isNaN(one.cost());
    }

    /** Whether it need not be waited for. */
    static boolean free(Considered one) {
        return switch (one.standing()) {
            case FULL, KEPT, READING -> false;
            default -> true;
        };
    }
}
