package io.essaim.benchmarks.simulate;

import java.util.Random;

/**
 * A stream of random numbers. Each purpose has its own stream, named by what it is for, so that what one policy draws changes
 * nothing of what befalls another. StrictMath: the same numbers on every machine.
 */
final class Draws {
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    private final Random random;

    /** @param purpose numbers that together name the stream, the seed first */
    Draws(long... purpose) {
        long mixed = GOLDEN;
        for (long part : purpose) {
            mixed = mix(mixed ^ (part + GOLDEN));
        }
        random = new Random(mixed);
    }

    /** The finaliser of SplitMix64: neighbouring seeds give unrelated streams. */
    private static long mix(long value) {
        long z = (value ^ value >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return z ^ z >>> 31;
    }

    /** From 0 up to, but not including, 1. */
    double uniform() {
        return random.nextDouble();
    }

    /** From 0 to {@code bound - 1}. */
    int below(int bound) {
        return random.nextInt(bound);
    }

    double exponential(double mean) {
        return -mean * StrictMath.log(1 - uniform());
    }

    double logNormal(double median, double sigma) {
        return median * StrictMath.exp(sigma * random.nextGaussian());
    }

    /** At least 1. */
    int geometric(double mean) {
        return 1 + (int) (StrictMath.log(1 - uniform()) / StrictMath.log(1 - 1 / mean));
    }

    /** An index with probability proportional to its share; the shares add up to 1. */
    int index(double[] shares) {
        double left = uniform();
        for (int i = 0; i < shares.length - 1; i++) {
            left -= shares[i];
            if (left < 0) {
                return i;
            }
        }
        return shares.length - 1;
    }
}
