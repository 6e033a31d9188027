package io.essaim.admit;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.choose.Choice;
import io.essaim.config.Priority;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The last free slot of a backend, which is not a busy agent's while another one asks now and then. */
class KeptSlotTest {
    private final Scene scene = Scene.ofSlots(4);

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

        Scene.end(greedy.remove(0));
        assertThat(scene.told).as("greedy has its share of two, rare only one").isEmpty();
        Choice.Taken second = scene.runs("rare");
        Scene.end(second);
        Scene.end(rare);
        assertThat(scene.told).as("two are free: one of them is kept").containsExactly(fourth);
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

    @Test
    void nothingIsKeptFromWhoHasLessThanItsShare() {
        threeOfGreedy();
        scene.waits("greedy", 1);
        scene.waits("greedy", 1);
        assertThat(scene.runs("newcomer")).isNotNull();
        assertThat(scene.inFlight()).isEqualTo(4);
    }
}
