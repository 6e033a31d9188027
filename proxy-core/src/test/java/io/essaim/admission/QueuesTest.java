package io.essaim.admission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.essaim.config.Priority;
import io.essaim.fleet.TestFleet;
import io.essaim.selection.Choice;
import io.essaim.selection.Choice.Reason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class QueuesTest {
    private static final String BUSY = "server busy, please try again.  maximum pending requests exceeded";

    @Test
    void givesFreeSlotsAtOnceAndTheNextOneToWhoWaits() {
        Scene scene = Scene.ofSlots(2);
        Choice.Taken first = scene.runs("x");
        scene.runs("x");
        Ticket third = scene.waits("x", 1);

        assertThat(third.take()).isNull();
        assertThat(scene.inFlight()).isEqualTo(2);
        Scene.end(first);

        assertThat(scene.told).containsExactly(third);
        assertThat(scene.inFlight()).as("reserved before it is fetched").isEqualTo(2);
        Choice.Taken got = Scene.slotOf(third);
        assertThat(third.end()).isEqualTo(Ticket.End.DISPATCHED);
        assertThat(third.take()).as("once").isNull();
        Scene.end(got);
        assertThat(scene.inFlight()).isEqualTo(1);
        assertThat(scene.queues.waiting()).isZero();
    }

    @Test
    void saysAtOnceWhatNoWaitingCanHelp() {
        Scene scene = Scene.ofSlots(1);
        Choice.Taken running = scene.runs("x");
        Ticket waiting = scene.waits("x", 1);

        assertThat(scene.refused(scene.bid("unknown", "x", Priority.INTERACTIVE, 1))
                        .reason())
                .isEqualTo(Reason.NO_SUCH_MODEL);

        scene.fleet.backend("a").down("pulled the plug");
        Scene.end(running);
        assertThat(waiting.end()).isEqualTo(Ticket.End.REFUSED);
        assertThat(((Choice.Refused) waiting.take()).reason()).isEqualTo(Reason.NO_HEALTHY_BACKEND);
        assertThat(scene.queues.views()).isEmpty();
    }

    @Test
    void leavingGivesBackWhatWasNotFetched() {
        Scene scene = Scene.ofSlots(1);
        Choice.Taken running = scene.runs("x");
        Ticket second = scene.waits("x", 1);
        Ticket third = scene.waits("y", 1);
        Ticket fourth = scene.waits("x", 1);

        fourth.leave();
        assertThat(fourth.end()).isEqualTo(Ticket.End.LEFT);
        Scene.end(running); // The slot is second's, who does not know yet...
        assertThat(scene.told).containsExactly(second);
        second.leave(); // ...and leaves.

        assertThat(second.end()).isEqualTo(Ticket.End.LEFT);
        assertThat(second.take()).isNull();
        assertThat(scene.told).containsExactly(second, third);
        Scene.end(Scene.slotOf(third));
        third.leave();
        assertThat(third.end()).isEqualTo(Ticket.End.DISPATCHED);
        assertThat(scene.inFlight()).isZero();
        assertThat(scene.queues.figures().ends()).isEqualTo(Map.of(Ticket.End.DISPATCHED, 1L, Ticket.End.LEFT, 2L));
    }

    @Test
    void refusesWithWhatAFullOllamaSays() {
        Scene scene = Scene.ofSlots(1, 2, Duration.ofHours(1));
        scene.runs("x");
        scene.waits("x", 1);
        scene.waits("x", 1);

        // Three answers of a second are before it; nine of ten wait no more than three times as long.
        assertThat(scene.refused(scene.bid("m", "x", Priority.INTERACTIVE, 1)))
                .isEqualTo(new Choice.Refused(Reason.SATURATED, 503, BUSY, 9));
        assertThat(scene.queues.waiting()).isEqualTo(2);
    }

    @Test
    void withoutRoomNobodyWaits() {
        Scene scene = Scene.ofSlots(1, 0, Duration.ofHours(1));
        scene.runs("x");
        assertThat(scene.refused(scene.bid("m", "x", Priority.INTERACTIVE, 1)).reason())
                .isEqualTo(Reason.SATURATED);
        assertThat(scene.queues.waiting()).isZero();
    }

    @Test
    void aFullQueueMakesRoomForWhoHasLessAndForInteractive() {
        Scene scene = Scene.ofSlots(1, 4, Duration.ofHours(1));
        scene.runs("x");
        List<Ticket> greedy = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            greedy.add(scene.waits("greedy", 1));
        }
        scene.waits("y", 1);
        assertThat(greedy.get(3).end()).as("its newest").isEqualTo(Ticket.End.REFUSED);
        assertThat(scene.told).containsExactly(greedy.get(3));
        scene.waits("z", 1);
        assertThat(greedy.get(2).end()).isEqualTo(Ticket.End.REFUSED);
        assertThat(scene.refused(scene.bid("m", "greedy", Priority.INTERACTIVE, 1))
                        .reason())
                .isEqualTo(Reason.SATURATED);
        assertThat(scene.refused(scene.bid("m", "new", Priority.BATCH, 1)).reason())
                .isEqualTo(Reason.SATURATED);
        greedy.get(0).leave();
        Ticket batch = scene.waits("b", Priority.BATCH);
        scene.waits("y", 1);
        assertThat(batch.end()).as("batch first").isEqualTo(Ticket.End.REFUSED);
    }

    @Test
    void refusesAtOnceWhoWouldWaitTooLong() {
        Scene scene = Scene.ofSlots(2, 100, Duration.ofSeconds(30));
        scene.runs("x");
        scene.runs("x");
        for (int i = 0; i < 5; i++) {
            scene.waits("x", 10); // The last waits (5 * 10 + its own 10) / 2 seconds, by expectation.
        }
        scene.waits("x", 10);
        Choice.Refused refused = scene.refused(scene.bid("m", "x", Priority.INTERACTIVE, 10));
        assertThat(refused.reason()).isEqualTo(Reason.DEADLINE);
        assertThat(refused.status()).isEqualTo(503);
        assertThat(refused.message()).isEqualTo(BUSY);
        assertThat(refused.retryAfterSeconds()).isEqualTo(60);
        scene.waits("y", 10); // Its turn comes sooner.
    }

    @Test
    void deadlinesEndTheWait() {
        Scene scene = Scene.ofSlots(1, 100, Duration.ofSeconds(30));
        Choice.Taken running = scene.runs("x");
        Ticket old = scene.waits("x", 1);
        scene.passSeconds(29.9);
        Ticket young = scene.waits("y", 1);
        assertThat(old.end()).isNull();
        scene.passSeconds(0.1);

        assertThat(old.end()).isEqualTo(Ticket.End.EXPIRED);
        assertThat(((Choice.Refused) old.take()).reason()).isEqualTo(Reason.DEADLINE);
        old.leave();
        assertThat(old.end()).isEqualTo(Ticket.End.EXPIRED);
        Scene.end(running);
        Scene.end(Scene.slotOf(young));
        assertThat(scene.inFlight()).isZero();
    }

    @Test
    void whoLostItsSlotGoesBeforeItsAgentsOthers() {
        Scene scene = Scene.ofSlots(1, 2, Duration.ofSeconds(1));
        Choice.Taken running = scene.runs("x");
        scene.waits("x", 0.1);
        SlotRequest again = Scene.again(scene.bid("m", "x", Priority.INTERACTIVE, 500));
        Ticket ticket = scene.waits(again); // Not held against it that its answer takes long.
        Scene.end(running);
        assertThat(scene.told).containsExactly(ticket);
    }

    @Test
    void looksForBackendsThatCameBack() {
        Scene scene = Scene.ofSlots(1);
        TestFleet.saturate(scene.runs("x").lease(), Duration.ofSeconds(5).toNanos());
        Ticket ticket = scene.waits("x", 1); // Its only backend said 429.
        scene.passSeconds(4);
        assertThat(scene.told).isEmpty();
        scene.passSeconds(2);
        assertThat(scene.told).containsExactly(ticket);
        Scene.end(Scene.slotOf(ticket));
    }

    @Test
    void whoHadRatherWaitLetsTheNextHaveWhatIsFree_whoIsToldHowManyGoBefore() {
        Scene scene = Scene.ofSlots(1);
        Choice.Taken running = scene.runs("x");
        List<Integer> places = new ArrayList<>();
        Ticket choosy = scene.waits(Scene.choosing(
                scene.bid("m", "x", Priority.INTERACTIVE, 1),
                turn -> Choice.Refused.busy(Choice.Reason.BETTER_LATER, 1)));
        SlotRequest other = scene.bid("m", "x", Priority.INTERACTIVE, 1);
        Ticket next = scene.waits(Scene.choosing(other, turn -> {
            places.add(turn.ahead());
            return other.chooser().choose(turn);
        }));
        Scene.end(running);
        assertThat(scene.told).containsExactly(next);
        assertThat(places).as("each time one goes before").isNotEmpty().containsOnly(1);
        Scene.end(Scene.slotOf(next));
        assertThat(choosy.end()).isNull();
        choosy.leave();
    }

    @Test
    void whoCannotUseWhatIsFreeIsPassedOverAndNotForgotten() {
        TestFleet fleet = new TestFleet(
                "{'backends':{'a':{'url':'http://a','slotsInAll':1},'b':{'url':'http://b','slotsInAll':1}},"
                        + "'routes':[{'models':['m'],'tiers':[['a']]},{'models':['*'],'tiers':[['a','b']]}]}");
        fleet.up("a", "m", "n").up("b", "n").loaded("a", "m", "n").loaded("b", "n");
        Scene scene = new Scene(fleet, 64, Duration.ofHours(1));
        Choice.Taken onA = scene.runs("x");
        Choice.Taken onB = scene.runs(scene.bid("n", "x", Priority.INTERACTIVE, 1));
        assertThat(onB.candidate().backend().name()).isEqualTo("b");
        Ticket onlyA = scene.waits("x", 1);
        List<Ticket> either = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            either.add(scene.waits(scene.bid("n", "y", Priority.INTERACTIVE, 1)));
        }
        for (int i = 0; i < 30; i++) {
            Scene.end(onB);
            onB = Scene.slotOf(either.get(i));
            assertThat(onB.candidate().backend().name()).isEqualTo("b");
        }
        assertThat(onlyA.end()).isNull();
        Scene.end(onA);
        Ticket next = scene.told.get(scene.told.size() - 1);
        Scene.end(Scene.slotOf(next));
        assertThat(scene.told.subList(30, scene.told.size()))
                .as("first or second")
                .contains(onlyA);
    }

    @Test
    void bodiesThatWaitAreBounded_overAllModels() {
        Scene scene = Scene.ofSlots(1);
        Choice.Taken running = scene.runs("x");
        Ticket small = scene.waits(Scene.large(scene.bid("n", "y", Priority.INTERACTIVE, 1), 100));
        Ticket half = scene.waits(Scene.large(scene.bid("m", "x", Priority.INTERACTIVE, 1), Scene.MOST_BYTES / 2));
        assertThat(scene.queues.figures().bytes()).isEqualTo(100 + Scene.MOST_BYTES / 2);
        assertThat(scene.refused(Scene.large(scene.bid("m", "x", Priority.INTERACTIVE, 1), Scene.MOST_BYTES / 2)))
                .isEqualTo(new Choice.Refused(Reason.QUEUE_BYTES, 503, BUSY, 6));
        assertThat(scene.queues.figures().refusals()).isEqualTo(Map.of(Reason.QUEUE_BYTES, 1L));
        assertThat(small.end()).as("who takes little stays").isNull();
        assertThat(half.end()).isNull();
        Scene.end(running);
        Scene.end(Scene.slotOf(scene.told.get(0)));
        Scene.end(Scene.slotOf(scene.told.get(1)));
        assertThat(scene.told).containsExactlyInAnyOrder(small, half);
        assertThat(scene.queues.figures().bytes()).isZero();
    }

    @Test
    void whoTakesMostMakesRoom_batchFirst_thenItsNewest() {
        Scene scene = Scene.ofSlots(1);
        scene.runs("x");
        List<Ticket> greedy = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            greedy.add(scene.waits(Scene.large(scene.bid("m", "greedy", Priority.INTERACTIVE, 1), 250)));
            scene.passSeconds(0.1);
        }
        Ticket batch = scene.waits(Scene.large(scene.bid("n", "greedy", Priority.BATCH, 1), 250));
        Ticket other = scene.waits(Scene.large(scene.bid("n", "y", Priority.INTERACTIVE, 1), 250));
        assertThat(batch.end()).isEqualTo(Ticket.End.REFUSED);
        Ticket another = scene.waits(Scene.large(scene.bid("n", "z", Priority.INTERACTIVE, 1), 400));
        assertThat(greedy).extracting(Ticket::end).containsExactly(null, Ticket.End.REFUSED, Ticket.End.REFUSED);
        assertThat(other.end()).isNull();
        assertThat(another.end()).isNull();
        assertThat(scene.told).containsExactly(batch, greedy.get(2), greedy.get(1));
        assertThat(scene.queues.figures().bytes()).isEqualTo(250 + 250 + 400);
    }

    @Test
    void oneAloneMayWait_howeverLarge() {
        Scene scene = Scene.ofSlots(1);
        scene.runs("x");
        Ticket huge = scene.waits(Scene.large(scene.bid("m", "x", Priority.INTERACTIVE, 1), 2 * Scene.MOST_BYTES));
        scene.passSeconds(1);
        assertThat(huge.end()).isNull();
        assertThat(scene.queues.figures().oldestSeconds()).isEqualTo(1);
        assertThat(scene.refused(Scene.large(scene.bid("m", "x", Priority.INTERACTIVE, 1), 1))
                        .reason())
                .isEqualTo(Reason.QUEUE_BYTES);
        huge.leave();
        assertThat(scene.queues.figures().bytes()).isZero();
        assertThat(scene.queues.figures().oldestSeconds()).isZero();
    }

    @Test
    void forgetsModelsAndBoundsThem() {
        TestFleet fleet = new TestFleet(
                "{'backends':{'a':{'url':'http://a','slotsInAll':1}},'routes':[{'models':['*'],'tiers':[['a']]}]}");
        fleet.backend("a").up(); // What it has is not known, so it may have every model.
        Scene scene = new Scene(fleet, 64, Duration.ofHours(1));
        Choice.Taken running = scene.runs("x");
        List<Ticket> tickets = new ArrayList<>();
        for (int i = 0; i < 256; i++) {
            tickets.add(scene.waits(scene.bid("m" + i, "x", Priority.INTERACTIVE, 1)));
        }
        SlotRequest another = scene.bid("another", "x", Priority.INTERACTIVE, 1);
        assertThat(scene.refused(another).reason()).isEqualTo(Reason.SATURATED);
        tickets.forEach(Ticket::leave);
        assertThat(scene.queues.views()).isEmpty();
        Ticket last = scene.waits(another);
        Scene.end(running);
        Scene.end(Scene.slotOf(last));
        assertThat(scene.inFlight()).isZero();
    }

    @Test
    void showsWhoWaitsInWhichOrderAndHowLongStill() {
        Scene scene = Scene.ofSlots(2);
        scene.runs("x");
        scene.runs("x");
        scene.waits("night", Priority.BATCH);
        scene.waits("x", 4);
        scene.passSeconds(3);
        scene.waits("x", 4);
        scene.waits("y", 4);

        QueueSnapshot view = scene.queues.views().get(0);
        assertThat(scene.queues.views()).hasSize(1);
        assertThat(view.model()).isEqualTo(TestFleet.model("m").key());
        assertThat(view.waiting()).extracting(QueueSnapshot.Place::agent).containsExactly("x", "y", "x", "night");
        assertThat(view.waiting()).extracting(QueueSnapshot.Place::position).containsExactly(1, 2, 3, 4);
        assertThat(view.waiting()).extracting(QueueSnapshot.Place::etaSeconds).containsExactly(2.0, 4.0, 6.0, 6.5);
        assertThat(view.waiting().get(0).waitedSeconds()).isCloseTo(3, within(1e-6));
        assertThat(view.waiting().get(3).priority()).isEqualTo(Priority.BATCH);
    }

    @Test
    void learnsFromHowFarItWasOff() {
        Scene scene = Scene.ofSlots(1);
        Choice.Taken running = scene.runs("x");
        for (int i = 0; i < 20; i++) { // Each answer takes three times as long as it is expected to.
            Ticket ticket = scene.waits("x", 1);
            scene.passSeconds(3);
            Scene.end(running);
            running = Scene.slotOf(ticket);
        }
        scene.waits("x", 1);
        assertThat(scene.queues.views().get(0).waiting().get(0).etaSeconds()).isCloseTo(3, within(1e-6));
    }

    @Test
    void aChooserThatThrows_endsItsOwnRequest_andTheSlotGoesToTheNext() {
        Scene scene = Scene.ofSlots(1);
        Choice.Taken running = scene.runs("a");
        SlotRequest broken = Scene.choosing(scene.bid("m", "b", Priority.INTERACTIVE, 1), turn -> {
            if (scene.inFlight() > 0) {
                return Choice.Refused.busy(Choice.Reason.SATURATED, 1);
            }
            throw new IllegalStateException("broken");
        });
        Ticket first = scene.waits(broken);
        Ticket second = scene.waits("c", 1);
        Scene.end(running); // Who ends his lease hears nothing of it.
        assertThat(scene.told).containsExactlyInAnyOrder(first, second);
        assertThatThrownBy(first::take).hasRootCauseMessage("broken");
        Scene.end(Scene.slotOf(second));
        assertThat(scene.queues.waiting()).isZero();
        assertThat(scene.inFlight()).isZero();
    }

    @Test
    void whoIsRefusedByAFault_whileHeEnters_doesNotStay() {
        Scene scene = Scene.ofSlots(1);
        Choice.Taken running = scene.runs("a");
        Ticket waiting = scene.waits("b", 1);
        SlotRequest broken = Scene.choosing(scene.bid("m", "c", Priority.INTERACTIVE, 1), turn -> {
            throw new IllegalStateException("broken");
        });
        assertThatThrownBy(() -> scene.enter(broken)).hasRootCauseMessage("broken");
        assertThat(scene.queues.waiting()).isEqualTo(1);
        Scene.end(running);
        Scene.end(Scene.slotOf(waiting));
        assertThat(scene.inFlight()).isZero();
    }
}
