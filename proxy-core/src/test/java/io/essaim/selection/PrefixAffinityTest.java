package io.essaim.selection;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.fleet.ManualTicker;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PrefixAffinityTest {
    private static final String MODEL = "llama3.2:latest";

    private final ManualTicker ticker = new ManualTicker();
    private final PrefixAffinity affinity = new PrefixAffinity(10_000, 1, 2, ticker);
    private final Random random = new Random(17);

    private ConversationPrefix conversation(String text) {
        byte[] bytes = ("  " + text).getBytes(StandardCharsets.UTF_8);
        return affinity.conversation(MODEL, bytes, 2, bytes.length - 2);
    }

    private String words(int bytes) {
        StringBuilder text = new StringBuilder();
        while (text.length() < bytes) {
            text.append((char) ('a' + random.nextInt(26)));
        }
        return text.toString();
    }

    @Test
    void theNextTurnIsKnownWhereTheLastOneWas() {
        String first = words(5000);
        affinity.answered(conversation(first), "dev2", 1, 1200, 100);
        ConversationPrefix next = conversation(first + ",answer,question");
        assertThat(affinity.cachedTokens(next, "dev2", 1)).isEqualTo(1300);
        assertThat(affinity.cachedTokens(next, "pi", 1)).isZero();
        assertThat(affinity.cachedTokens(conversation(first), "dev2", 1))
                .as("the same again, without its answer")
                .isEqualTo(1200);
    }

    @Test
    void everyTurnOfAConversationIsFound() {
        String text = words(100);
        int known = 0;
        for (int turn = 1; turn < 200; turn++) {
            text += words(1 + random.nextInt(2000));
            ConversationPrefix now = conversation(text);
            long cached = affinity.cachedTokens(now, "dev2", 1);
            assertThat(cached).as("turn %d", turn).isEqualTo(known);
            affinity.answered(now, "dev2", 1, text.length() / 4, 10);
            known = text.length() < 256 ? 0 : text.length() / 4 + 10;
        }
    }

    @Test
    void aBranchSharesWhatIsBeforeIt() {
        String trunk = words(4096);
        affinity.answered(conversation(trunk + words(4096)), "dev2", 1, 2048, 100);
        assertThat(affinity.cachedTokens(conversation(trunk + words(9000)), "dev2", 1))
                .isEqualTo(1024);
        assertThat(affinity.cachedTokens(conversation(words(8192)), "dev2", 1)).isZero();
    }

    @Test
    void aByteAtTheFrontMakesAnotherConversation() {
        String text = words(3000);
        affinity.answered(conversation(text), "dev2", 1, 750, 10);
        assertThat(affinity.cachedTokens(conversation("x" + text), "dev2", 1)).isZero();
    }

    @Test
    void anotherScopeFindsNothing() {
        byte[] bytes = words(3000).getBytes(StandardCharsets.UTF_8);
        affinity.answered(affinity.conversation("rssi/" + MODEL, bytes, 0, 3000), "dev2", 1, 750, 10);
        assertThat(affinity.cachedTokens(affinity.conversation("rssi/" + MODEL, bytes, 0, 3000), "dev2", 1))
                .isEqualTo(750);
        assertThat(affinity.cachedTokens(affinity.conversation("drh/" + MODEL, bytes, 0, 3000), "dev2", 1))
                .isZero();
        PrefixAffinity other = new PrefixAffinity(100, 1, 3, ticker);
        Set<Long> keys = new HashSet<>();
        keys.add(affinity.conversation(MODEL, bytes, 0, 3000).hash());
        keys.add(other.conversation(MODEL, bytes, 0, 3000).hash());
        assertThat(keys).as("the key matters").hasSize(2);
    }

    @Test
    void anUnloadedModelHasForgotten() {
        String text = words(3000);
        affinity.answered(conversation(text), "dev2", 1, 750, 10);
        assertThat(affinity.cachedTokens(conversation(text + "more"), "dev2", 2))
                .isZero();
        affinity.answered(conversation(text + "more"), "dev2", 2, 760, 10);
        assertThat(affinity.cachedTokens(conversation(text + "more, more"), "dev2", 2))
                .isEqualTo(770);
    }

    @Test
    void instructionsThatAllShareAreKnownOnSeveralBackends() {
        String instructions = words(8192);
        for (int i = 0; i < 6; i++) {
            affinity.answered(conversation(instructions + words(1000)), "b" + i, 1, 2298, 10);
        }
        ConversationPrefix fresh = conversation(instructions + words(500));
        assertThat(affinity.cachedTokens(fresh, "b5", 1)).isBetween(2040L, 2050L);
        assertThat(affinity.cachedTokens(fresh, "b2", 1)).isBetween(2040L, 2050L);
        assertThat(affinity.cachedTokens(fresh, "b1", 1))
                .as("only the latest four")
                .isZero();
    }

    @Test
    void forgetsWhatProvedWrongOfThatBackendAlone() {
        String text = words(3000);
        affinity.answered(conversation(text), "dev2", 1, 750, 10);
        affinity.answered(conversation(text), "pi", 1, 750, 10);
        affinity.forget(conversation(text), "dev2");
        assertThat(affinity.cachedTokens(conversation(text), "dev2", 1)).isZero();
        assertThat(affinity.cachedTokens(conversation(text), "pi", 1)).isEqualTo(750);
        affinity.forget(conversation(text), "pi");
        assertThat(affinity.cachedTokens(conversation(text), "pi", 1)).isZero();
    }

    @Test
    void forgetsWhatNobodyAsksForInHalfAnHour() {
        String text = words(3000);
        affinity.answered(conversation(text), "dev2", 1, 750, 10);
        ticker.pass(Duration.ofMinutes(29));
        assertThat(affinity.cachedTokens(conversation(text), "dev2", 1)).isEqualTo(750);
        ticker.pass(Duration.ofMinutes(29));
        assertThat(affinity.cachedTokens(conversation(text), "dev2", 1)).isEqualTo(750);
        ticker.pass(Duration.ofMinutes(31));
        assertThat(affinity.cachedTokens(conversation(text), "dev2", 1)).isZero();
    }

    @Test
    void remembersNoMoreThanItMay() {
        PrefixAffinity small = new PrefixAffinity(50, 1, 2, ticker);
        int found = 0;
        byte[][] all = new byte[500][];
        for (int i = 0; i < all.length; i++) {
            all[i] = words(300).getBytes(StandardCharsets.UTF_8);
            small.answered(small.conversation(MODEL, all[i], 0, all[i].length), "dev2", 1, 75, 10);
        }
        for (byte[] one : all) {
            found += small.cachedTokens(small.conversation(MODEL, one, 0, one.length), "dev2", 1) > 0 ? 1 : 0;
        }
        assertThat(found).isBetween(1, 50);
    }

    @Test
    void tooShortOrEmptyIsNoConversation() {
        ConversationPrefix empty = conversation("");
        affinity.answered(empty, "dev2", 1, 100, 10);
        affinity.forget(empty, "dev2");
        assertThat(affinity.cachedTokens(empty, "dev2", 1)).isZero();
        affinity.answered(conversation(words(255)), "dev2", 1, 100, 10);
        String huge = words(3 << 20);
        affinity.answered(conversation(huge), "dev2", 1, 750_000, 10);
        assertThat(affinity.cachedTokens(conversation(huge + "!"), "dev2", 1)).isEqualTo(750_010);
    }
}
