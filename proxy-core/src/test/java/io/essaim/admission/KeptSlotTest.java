package io.essaim.admission;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.config.Priority;
import io.essaim.selection.Choice;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Free slots that are not a busy agent's while others ask now and then. */
class KeptSlotTest {
    private final Scene scene = Scene.ofSlotsEach(4);

    /** The rare agent was here, and the greedy one has taken what it may. */
    private List<Choice.Taken> threeOfGreedy() {
        Scene.end(scene.runs("rare"));
        List<Choice.Taken> running = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            running.add(scene.runs("greedy"));
        }
        return running;
    }

    @Test
    void oneSlotIsLeftToWhoAsksNowAndThen() {
        List<Choice.Taken> greedy = threeOfGreedy();
        Ticket fourth = scene.waits("greedy", 1);
        Choice.Taken rare = scene.runs("rare");
        assertThat(scene.inFlight()).isEqualTo(4);

        Scene.end(rare);
        assertThat(scene.told).as("it is kept again").isEmpty();
        rare = scene.runs("rare");
        Scene.end(greedy.remove(0));
        assertThat(scene.told).as("rare has the one that it needs").containsExactly(fourth);
        Scene.end(rare);
        assertThat(scene.inFlight()).isEqualTo(3);
    }

    @Test
    void whoDidNotComeForHalfAMinuteIsWaitedForNoLonger() {
        threeOfGreedy();
        Ticket fourth = scene.waits("greedy", 1);
        scene.passSeconds(29);
        assertThat(scene.told).isEmpty();
        scene.passSeconds(1);
        assertThat(scene.told).containsExactly(fourth);
    }

    @Test
    void aLoneAgentGetsAll() {
        for (int i = 0; i < 4; i++) {
            scene.runs("greedy");
        }
        scene.waits("greedy", 1);
    }

    @Test
    void aSingleSlotIsNotKept() {
        Scene one = Scene.ofSlots(1);
        Scene.end(one.runs("rare"));
        one.runs("greedy");
    }

    @Test
    void nothingIsKeptForLessUrgentOnes() {
        Scene.end(scene.runs(scene.bid("m", "night", Priority.BATCH, 1)));
        for (int i = 0; i < 4; i++) {
            scene.runs("greedy");
        }
    }

    /** Who holds a slot two thirds of the time finds one four times of five only if two are left to it. */
    @Test
    void asManyAreKeptAsAreNeeded() {
        for (int i = 0; i < 40; i++) {
            Choice.Taken modest = scene.runs("modest");
            scene.passSeconds(2);
            Scene.end(modest);
            scene.passSeconds(1);
        }
        scene.runs("greedy");
        scene.runs("greedy");
        scene.waits("greedy", 1);
        scene.runs("modest");
        scene.runs("modest");
        assertThat(scene.inFlight()).isEqualTo(4);
    }

    /** Its share is two of four, but the busy one had more for long, so what it has next is no burst that somebody waits for. */
    @Test
    void whatIsKeptForABusyAgentHoldsUpNoBurstOfAModestOne() {
        List<Choice.Taken> busy = threeOfGreedy();
        scene.passSeconds(20);
        scene.runs("rare");
        Scene.end(busy.remove(0));
        scene.runs("rare");
        Scene.end(busy.remove(0));
        assertThat(scene.runs("rare")).as("its third").isNotNull();
    }

    /** Four of them are not likely to come at once. */
    @Test
    void manyRareAgentsShareWhatIsKept() {
        for (String rare : List.of("ant", "bee", "cat", "dog")) {
            Scene.end(scene.runs(rare));
        }
        scene.runs("greedy");
        scene.runs("greedy");
        scene.runs("greedy");
        scene.waits("greedy", 1);
    }

    /** What is held of another model stands in nobody's way. */
    @Test
    void eachModelHasSlotsOfItsOwn() {
        threeOfGreedy();
        assertThat(scene.runs(scene.bid("n", "greedy", Priority.INTERACTIVE, 1)))
                .isNotNull();
    }

    @Test
    void nothingIsKeptFromWhoHasLessThanItsShare() {
        threeOfGreedy();
        scene.waits("greedy", 1);
        scene.waits("greedy", 1);
        assertThat(scene.runs("newcomer")).isNotNull();
        assertThat(scene.inFlight()).isEqualTo(4);
    }
}
