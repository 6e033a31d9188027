package io.essaim.learn;

/**
 * How the parts of a prediction weigh in its cost. The defaults are those that were best on a simulated fleet of 200
 * backends; only omega and stick are worth turning.
 *
 * @param omega weight of a second to the first token of a streamed answer
 * @param omegaWhole the same where only the whole answer counts
 * @param beta weight of a second of writing the answer
 * @param phi what a second of loading costs besides the wait: it throws another model out
 * @param stick what a cached token is worth beyond the time it saves, as a multiple of that time
 */
public record CostTerms(double omega, double omegaWhole, double beta, double phi, double stick) {
    public static final CostTerms USUAL = new CostTerms(4, 1, 1, 1, 1);

    public CostTerms {
        if (!(omega >= 0 && omegaWhole >= 0 && beta >= 0 && phi >= 0 && stick >= 0)) {
            throw new IllegalArgumentException("a weight must not be negative");
        }
    }
}
