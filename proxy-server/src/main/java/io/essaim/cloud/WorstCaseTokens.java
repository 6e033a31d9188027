package io.essaim.cloud;

import io.essaim.config.AgentRule;
import io.essaim.dialect.NeutralRequest;
import io.essaim.dialect.SamplingOptions;
import io.essaim.dialect.SamplingOptions.Setting;
import java.util.HashMap;
import java.util.Map;

/**
 * The most tokens that a call of a cloud is likely to use, before they are counted. The worst common case of a
 * tokenizer is one token for two bytes of text. Providers count images by tiles, not by bytes.
 */
final class WorstCaseTokens {
    private static final int BYTES_PER_TOKEN = 2;
    /** A picture of 2048 by 2048 pixels, in Anthropic's and OpenAI's own formulas about 1600 and 1100. */
    private static final int PICTURE = 2000;
    /** What is reserved for an answer whose client names no limit. */
    private static final long UNLIMITED = 8192;

    private WorstCaseTokens() {}

    /**
     * The request as a cloud gets it: for an agent with a budget its answer has a limit, that of the client or what is reserved for
     * an answer without one. Else one long answer could pass the budget.
     */
    static NeutralRequest limited(NeutralRequest asked, AgentRule agent) {
        SamplingOptions options = asked.options();
        if (!agent.budget().limits() || options.get(Setting.LIMIT) != null) {
            return asked;
        }
        Map<Setting, Double> numbers = new HashMap<>(options.numbers());
        numbers.put(Setting.LIMIT, (double) UNLIMITED);
        return asked.with(new SamplingOptions(numbers, options.stop(), options.logprobs()));
    }

    /** @param body the request as it goes to the cloud */
    static long input(NeutralRequest asked, byte[] body) {
        long bytes = body.length - asked.turns().pictureBytes();
        return Math.max(0, bytes) / BYTES_PER_TOKEN + 1 + (long) asked.turns().pictures() * PICTURE;
    }

    static long output(NeutralRequest asked) {
        Double limit = asked.options().get(Setting.LIMIT);
        return limit == null ? UNLIMITED : (long) Math.ceil(limit);
    }
}
