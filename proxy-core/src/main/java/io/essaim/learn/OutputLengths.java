package io.essaim.learn;

import java.util.ArrayList;
import java.util.List;

/**
 * The lengths of the answers of one model, and how much of one is still to come after so many tokens. Lengths have a
 * heavy tail: the longer an answer has run, the longer it is likely to run on, so a count of requests tells little of
 * their work. A histogram with four buckets to an octave; each answer counts 0.995 of the next one.
 *
 * <p>Mean residual life: {@code E[X - k | X > k]}, with the lengths of a bucket spread evenly over it. The prior,
 * which keeps a small weight for ever, is lognormal with a median of 150 and a sigma of 1.1.
 *
 * <p>Any thread; reading takes no lock.
 */
public final class OutputLengths {
    static final int BUCKETS = 64;

    private static final double FORGETTING = 0.995;
    private static final double PRIOR_ANSWERS = 2;
    private static final double PRIOR_MEDIAN = 150;
    private static final double PRIOR_SIGMA = 1.1;
    private static final double[] MIDDLES = middles();
    private static final double[] PRIOR = prior();

    private final double[] counts = PRIOR.clone();
    private long answers;
    private volatile Tails tails = new Tails(counts);

    /**
     * Sums over all buckets from one on.
     *
     * @param answers how many answers are as long or longer
     * @param tokens of those answers together
     */
    private record Tails(double[] answers, double[] tokens) {
        Tails(double[] counts) {
            this(new double[BUCKETS + 1], new double[BUCKETS + 1]);
            for (int i = BUCKETS - 1; i >= 0; i--) {
                answers[i] = answers[i + 1] + counts[i];
                tokens[i] = tokens[i + 1] + counts[i] * MIDDLES[i];
            }
        }
    }

    private static double[] middles() {
        double[] middles = new double[BUCKETS];
        for (int i = 0; i < BUCKETS; i++) {
            middles[i] = (start(i) + start(i + 1)) / 2;
        }
        return middles;
    }

    private static double[] prior() {
        double[] masses = new double[BUCKETS];
        double sum = 0;
        for (int i = 0; i < BUCKETS; i++) {
            double z = Math.log(MIDDLES[i] / PRIOR_MEDIAN) / PRIOR_SIGMA;
            masses[i] = Math.exp(-z * z / 2) / MIDDLES[i] * (start(i + 1) - start(i));
            sum += masses[i];
        }
        for (int i = 0; i < BUCKETS; i++) {
            masses[i] *= PRIOR_ANSWERS / sum;
        }
        return masses;
    }

    /** First length of a bucket; above 4 an octave is four equal parts. */
    private static double start(int bucket) {
        return bucket < 4 ? bucket : (double) (4L + bucket % 4 << bucket / 4 - 1);
    }

    private static int bucket(long tokens) {
        if (tokens < 4) {
            return (int) Math.max(0, tokens);
        }
        int octave = 63 - Long.numberOfLeadingZeros(tokens);
        return (int) Math.min(BUCKETS - 1, 4L * (octave - 1) + (tokens >> octave - 2 & 3));
    }

    /** A whole answer had so many tokens. One that was cut short says nothing of its length. */
    public synchronized void observe(long tokens) {
        if (tokens <= 0) {
            return;
        }
        int hit = bucket(tokens);
        for (int i = 0; i < BUCKETS; i++) {
            counts[i] = (counts[i] - PRIOR[i]) * FORGETTING + PRIOR[i];
        }
        counts[hit]++;
        answers++;
        tails = new Tails(counts);
    }

    /** Expected length of an answer in tokens, more than 0. */
    public double mean() {
        return remaining(0);
    }

    /**
     * Tokens that are likely to follow.
     *
     * @param produced tokens so far
     */
    public double remaining(double produced) {
        double at = Math.max(0, produced);
        Tails t = tails;
        int i = bucket((long) at);
        double end = start(i + 1);
        double rest = at >= end ? 0 : (t.answers[i] - t.answers[i + 1]) * (end - at) / (end - start(i));
        double longer = t.answers[i + 1] + rest;
        if (!(longer > 1e-9)) {
            return Math.max(1, at / 2); // Longer than anything seen.
        }
        return Math.max(1, (t.tokens[i + 1] + rest * (at + end) / 2) / longer - at);
    }

    synchronized boolean observed() {
        return answers > 0;
    }

    /** Counts of whole answers by bucket, without the prior. */
    synchronized List<Double> counts() {
        List<Double> seen = new ArrayList<>(BUCKETS);
        for (int i = 0; i < BUCKETS; i++) {
            seen.add(Math.max(0, counts[i] - PRIOR[i]));
        }
        return seen;
    }

    synchronized void restore(List<Double> seen) {
        for (int i = 0; i < BUCKETS; i++) {
            counts[i] = PRIOR[i] + seen.get(i);
        }
        answers++;
        tails = new Tails(counts);
    }
}
