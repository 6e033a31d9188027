package io.essaim.learn;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PromptSizesTest {
    private final Random random = new Random(3);
    private double clock;

    private PromptSizes taught(double envelope, double bytesPerToken) {
        PromptSizes sizes = new PromptSizes();
        for (int i = 0; i < 400; i++) {
            long bytes = (long) (400 * Math.exp(3.5 * random.nextDouble()));
            double noise = Math.exp(0.05 * random.nextGaussian());
            sizes.observe(
                    bytes, Math.max(1, Math.round((bytes - envelope) / bytesPerToken * noise)), Moments.at(++clock));
        }
        return sizes;
    }

    /** Without an envelope one of the two would be off by a fifth and more. */
    @ParameterizedTest
    @ValueSource(doubles = {-300, 0, 300})
    void foreseesShortAndLongPrompts(double envelope) {
        PromptSizes.Fit fit = taught(envelope, 4.4).fit();
        for (long bytes : new long[] {600, 2000, 10_000}) {
            double truth = (bytes - envelope) / 4.4;
            assertThat((double) fit.tokens(bytes)).as("%d bytes", bytes).isCloseTo(truth, Percentage.withPercentage(9));
        }
    }

    @Test
    void isNotMisledByWhatIsNoText() {
        PromptSizes sizes = taught(0, 4);
        PromptSizes.Fit before = sizes.fit();
        sizes.observe(4_000_000, 600, Moments.at(++clock)); // A picture.
        sizes.observe(100, 90, Moments.at(++clock));
        sizes.observe(1000, 0, Moments.at(++clock));
        assertThat(sizes.fit()).isEqualTo(before);
    }

    @Test
    void saysAtLeastOneToken_ofTheSmallestBodyToo() {
        assertThat(taught(300, 4).fit().tokens(0)).isEqualTo(1);
        assertThat(taught(300, 4).fit().tokens(200)).isPositive();
    }
}
