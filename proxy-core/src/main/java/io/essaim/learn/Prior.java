package io.essaim.learn;

/**
 * The start of the estimates of one model on one backend.
 *
 * @param prefillSeconds per prompt token that is not cached, alone; more than 0
 * @param tokenSeconds per output token of a generation that is alone (theta0); more than 0
 * @param crowdSeconds that each further generation adds per output token (theta1); at least 0
 * @param loadSeconds to bring the model into memory; at least 0
 * @param overheadSeconds of the way there and back; more than 0
 * @param slots generations at a time; at least 1
 * @param slotsGiven whether that is what the operator says, which nothing learned changes
 */
public record Prior(
        double prefillSeconds,
        double tokenSeconds,
        double crowdSeconds,
        double loadSeconds,
        double overheadSeconds,
        int slots,
        boolean slotsGiven) {

    /** Everything is open to learning. */
    public Prior(
            double prefillSeconds,
            double tokenSeconds,
            double crowdSeconds,
            double loadSeconds,
            double overheadSeconds,
            int slots) {
        this(prefillSeconds, tokenSeconds, crowdSeconds, loadSeconds, overheadSeconds, slots, false);
    }

    public Prior {
        if (!(prefillSeconds > 0 && tokenSeconds > 0 && overheadSeconds > 0)) {
            throw new IllegalArgumentException("a prior must be more than 0");
        }
        if (!(crowdSeconds >= 0 && loadSeconds >= 0) || slots < 1) {
            throw new IllegalArgumentException("a prior must not be negative, and has a slot");
        }
    }

    /** The same for an operator's figure of tokens per second of one generation; the crowd term keeps its share. */
    public Prior withTokensPerSecond(double tokensPerSecond) {
        double seconds = 1 / tokensPerSecond;
        double crowd = crowdSeconds * seconds / tokenSeconds;
        return new Prior(prefillSeconds, seconds, crowd, loadSeconds, overheadSeconds, slots, slotsGiven);
    }

    /** The same for an operator's figure of prompt tokens per second. */
    public Prior withPromptTokensPerSecond(double tokensPerSecond) {
        return new Prior(
                1 / tokensPerSecond, tokenSeconds, crowdSeconds, loadSeconds, overheadSeconds, slots, slotsGiven);
    }

    /** The same with the slots that the rules give the backend. */
    public Prior withSlots(int newSlots) {
        return new Prior(prefillSeconds, tokenSeconds, crowdSeconds, loadSeconds, overheadSeconds, newSlots, true);
    }
}
