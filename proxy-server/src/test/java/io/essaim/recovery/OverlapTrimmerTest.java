package io.essaim.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.recovery.OverlapTrimmer.Verdict;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** New words go on behind the old ones: what repeats the last of them is found, whatever pieces it comes in, and nothing else is. */
class OverlapTrimmerTest {
    private static final String STORY = "Bees dance to tell each other where flowers are. The angle of the dance is the"
            + " angle to the sun, and its length is the distance. A scout that found a lime tree dances for minutes, and"
            + " soon half of the hive is on its way there, across two fields and a road.";

    /** How many characters are found to be repeated, -1 for another answer. */
    private static int repeated(String before, String words, Random random) {
        OverlapTrimmer seam = new OverlapTrimmer(before);
        int at = 0;
        while (at < words.length()) {
            int to = Math.min(words.length(), at + 1 + random.nextInt(9));
            Verdict verdict = seam.more(words.substring(at, to));
            if (verdict != Verdict.UNDECIDED) {
                return verdict == Verdict.ANOTHER ? -1 : seam.repeated();
            }
            at = to;
        }
        assertThat(seam.end()).isNotEqualTo(Verdict.UNDECIDED);
        return seam.repeated();
    }

    @Test
    void repeatedWords_areFound_fromTheLeastLengthOn_howeverTheyAreCut() {
        for (int seed = 0; seed < 500; seed++) {
            Random random = new Random(seed);
            int length = OverlapTrimmer.LEAST + random.nextInt(OverlapTrimmer.LONGEST - OverlapTrimmer.LEAST + 1);
            String words = STORY.substring(STORY.length() - length) + " Then it rains.";
            assertThat(repeated(STORY, words, random))
                    .as("seed %d, %d characters", seed, length)
                    .isEqualTo(length);
        }
    }

    @Test
    void fewEqualCharacters_areChance() {
        for (int length = 0; length < OverlapTrimmer.LEAST; length++) {
            String words = STORY.substring(STORY.length() - length) + " Then it rains.";
            assertThat(repeated(STORY, words, new Random(length)))
                    .as("%d characters", length)
                    .isZero();
        }
    }

    @Test
    void otherWords_areDecidedAtOnce() {
        OverlapTrimmer seam = new OverlapTrimmer(STORY);
        assertThat(seam.more(" th")).isEqualTo(Verdict.UNDECIDED); // As in "there".
        assertThat(seam.more("us")).isEqualTo(Verdict.JOINED);
        assertThat(new OverlapTrimmer(STORY).more("\n\n")).isEqualTo(Verdict.JOINED);
        assertThat(new OverlapTrimmer("").more("Bees")).isEqualTo(Verdict.JOINED);
    }

    @Test
    void aTextThatRepeatsItself_mayGoOnSo() {
        String row = "| 2026-11-23 | nothing happened here |\n";
        assertThat(repeated("Log:\n" + row + row, row + row, new Random(1))).isZero();
        assertThat(repeated("=".repeat(300), "=".repeat(100), new Random(2))).isZero();
    }

    @Test
    void aTextThatIsShort_andSaidAgainAsAWhole_isFound() {
        String before = STORY.substring(0, 60);
        assertThat(repeated(before, STORY.substring(0, 90), new Random(3))).isEqualTo(60);
    }

    @Test
    void anAnswerThatBeginsAnew_isAnother() {
        assertThat(repeated(STORY, STORY, new Random(4))).isEqualTo(-1);
        assertThat(repeated(STORY, STORY.substring(0, OverlapTrimmer.ANEW - 1) + "!", new Random(5)))
                .isZero();
    }

    @Test
    void nothingMore_isAnEndToo() {
        assertThat(new OverlapTrimmer(STORY).end()).isEqualTo(Verdict.JOINED);
        OverlapTrimmer seam = new OverlapTrimmer(STORY);
        assertThat(seam.more(STORY.substring(STORY.length() - 40, STORY.length() - 10)))
                .isEqualTo(Verdict.UNDECIDED);
        assertThat(seam.end()).isEqualTo(Verdict.JOINED);
        assertThat(seam.repeated()).isZero();
    }
}
