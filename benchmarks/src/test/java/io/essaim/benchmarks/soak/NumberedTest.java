package io.essaim.benchmarks.soak;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** A checker that finds nothing is worth nothing: it must find each way in which a history can be wrong. */
class NumberedTest {
    private final Numbered history = new Numbered("a");

    private void reads(String... frames) {
        for (String frame : frames) {
            history.line(frame.strip());
        }
    }

    @Test
    void aWholeStreamIsGood_alsoBehindSignsOfLife() {
        reads("", Numbered.frame("a", 0), Numbered.frame("a", 1), Numbered.last(2));
        history.over(true);
        assertThat(history.violation()).isNull();
        assertThat(history.whole()).isTrue();
    }

    @Test
    void aPrefixWithOneErrorIsGood_howeverItIsClosed() {
        reads(Numbered.frame("a", 0), "{\"error\":\"lost\"}");
        history.over(false);
        assertThat(history.violation()).isNull();
        assertThat(history.whole()).isFalse();
    }

    @Test
    void aGapIsFound() {
        reads(Numbered.frame("a", 0), Numbered.frame("a", 2));
        assertThat(history.violation()).contains("frame 2 instead of 1");
    }

    @Test
    void aRepetitionIsFound() {
        reads(Numbered.frame("a", 0), Numbered.frame("a", 0));
        assertThat(history.violation()).contains("frame 0 instead of 1");
    }

    @Test
    void aFrameOfAnotherStreamIsFound() {
        reads(Numbered.frame("b", 0));
        assertThat(history.violation()).contains("a frame of b");
    }

    @Test
    void aDamagedFrameIsFound() {
        reads(Numbered.frame("a", 0).replaceAll("/[0-9a-f]+ ", "/0 "));
        assertThat(history.violation()).contains("damaged");
    }

    @Test
    void whatIsNoFrameIsFound() {
        reads("<html>");
        assertThat(history.violation()).contains("nobody sent");
    }

    @Test
    void whatComesAfterTheEndIsFound() {
        reads(Numbered.last(0), "{\"error\":\"late\"}");
        assertThat(history.violation()).contains("after its end");
    }

    @Test
    void aProperEndWithoutALastFrameIsFound() {
        reads(Numbered.frame("a", 0));
        history.over(true);
        assertThat(history.violation()).contains("proper end");
    }

    @Test
    void aCutWithoutAWordIsFound() {
        reads(Numbered.frame("a", 0));
        history.over(false);
        assertThat(history.violation()).contains("cut after frame 0");
    }

    @Test
    void aCutBehindTheLastFrameIsFound() {
        reads(Numbered.last(0));
        history.over(false);
        assertThat(history.violation()).contains("no proper end");
    }
}
