package io.essaim.admission;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.api.Failure.Outcome;
import io.essaim.config.Priority;
import io.essaim.config.QueueRule;
import io.essaim.fleet.Backend;
import io.essaim.fleet.SlotOwner;
import io.essaim.fleet.TestFleet;
import io.essaim.learn.RequestSize;
import io.essaim.selection.Choice;
import io.essaim.selection.Plan;
import io.essaim.selection.PromptEstimate;
import io.essaim.selection.Routes;
import io.essaim.selection.Selector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Requests for the slots of real backends, under a manual clock. Waiters do nothing: their tickets are looked at. */
final class Scene {
    /** Bodies of those that wait. */
    static final long MOST_BYTES = 1000;

    final TestFleet fleet;
    final Queues queues;
    final List<Ticket> told = new ArrayList<>();
    private final Routes routes;

    Scene(TestFleet fleet, int maxWaiting, Duration deadline) {
        this.fleet = fleet;
        this.routes = new Routes(fleet.rules, fleet.fleet);
        this.queues = new Queues(new QueueRule(maxWaiting, MOST_BYTES, deadline), fleet.ticker, () -> 0.5);
        fleet.fleet.all().forEach(backend -> backend.whenFreed(queues::freed));
    }

    /** One backend "a" with so many slots for both its models together, m and n, which are in memory. */
    static Scene ofSlots(int slots, int maxWaiting, Duration deadline) {
        return ofSlots("'slots':" + slots + ",'slotsInAll':" + slots, maxWaiting, deadline);
    }

    /** One backend "a" with so many slots for each of its models, m and n, which are in memory. */
    static Scene ofSlotsEach(int slots) {
        return ofSlots("'slots':" + slots, 10_000, Duration.ofHours(1));
    }

    private static Scene ofSlots(String slots, int maxWaiting, Duration deadline) {
        TestFleet fleet = new TestFleet(
                "{'backends':{'a':{'url':'http://a'," + slots + "}},'routes':[{'models':['*'],'tiers':[['a']]}]}");
        fleet.up("a", "m", "n").loaded("a", "m", "n");
        return new Scene(fleet, maxWaiting, deadline);
    }

    private static final PromptEstimate PROMPT = PromptEstimate.of(RequestSize.ofTokens(1));

    static Scene ofSlots(int slots) {
        return ofSlots(slots, 10_000, Duration.ofHours(1));
    }

    SlotRequest bid(String model, String agent, Priority priority, double seconds) {
        Plan plan = routes.plan(TestFleet.model(model), null, null);
        int slots = plan.tiers().stream()
                .flatMap(tier -> tier.candidates().stream())
                .mapToInt(candidate -> candidate.backend().slots(candidate.model()))
                .sum();
        return new SlotRequest(
                TestFleet.model(model).key(),
                new SlotOwner(agent, priority),
                seconds,
                slots,
                plan,
                0,
                fleet.ticker.nanos(),
                false,
                turn -> Selector.chooseFree(plan, Set.of(), PROMPT, turn));
    }

    /** The same with another way to a slot; nobody else is of its kind. */
    static SlotRequest choosing(SlotRequest bid, SlotRequest.Chooser chooser) {
        return new SlotRequest(
                bid.model(),
                bid.caller(),
                bid.seconds(),
                bid.slots(),
                chooser,
                bid.bytes(),
                bid.since(),
                bid.again(),
                chooser);
    }

    /** The same with so large a body. */
    static SlotRequest large(SlotRequest bid, long bytes) {
        return new SlotRequest(
                bid.model(),
                bid.caller(),
                bid.seconds(),
                bid.slots(),
                bid.kind(),
                bytes,
                bid.since(),
                bid.again(),
                bid.chooser());
    }

    static SlotRequest again(SlotRequest bid) {
        return new SlotRequest(
                bid.model(),
                bid.caller(),
                bid.seconds(),
                bid.slots(),
                bid.kind(),
                bid.bytes(),
                bid.since(),
                true,
                bid.chooser());
    }

    Admission enter(SlotRequest bid) {
        return queues.enter(bid, told::add);
    }

    Admission enter(String agent, double seconds) {
        return enter(bid("m", agent, Priority.INTERACTIVE, seconds));
    }

    /** A request that is served at once. */
    Choice.Taken runs(SlotRequest bid) {
        Admission admission = enter(bid);
        assertThat(admission).isInstanceOf(Admission.Decided.class);
        return (Choice.Taken) ((Admission.Decided) admission).choice();
    }

    Choice.Taken runs(String agent) {
        return runs(bid("m", agent, Priority.INTERACTIVE, 1));
    }

    /** A request that has to wait. */
    Ticket waits(SlotRequest bid) {
        Admission admission = enter(bid);
        assertThat(admission).isInstanceOf(Admission.Waiting.class);
        return ((Admission.Waiting) admission).ticket();
    }

    Ticket waits(String agent, double seconds) {
        return waits(bid("m", agent, Priority.INTERACTIVE, seconds));
    }

    Ticket waits(String agent, Priority priority) {
        return waits(bid("m", agent, priority, 1));
    }

    Choice.Refused refused(SlotRequest bid) {
        Admission admission = enter(bid);
        assertThat(admission).isInstanceOf(Admission.Decided.class);
        return (Choice.Refused) ((Admission.Decided) admission).choice();
    }

    /** The answer of one that waited, which must be a slot. */
    static Choice.Taken slotOf(Ticket ticket) {
        Choice choice = ticket.take();
        assertThat(choice).isInstanceOf(Choice.Taken.class);
        return (Choice.Taken) choice;
    }

    static void end(Choice.Taken taken) {
        taken.lease().end(Outcome.NEUTRAL);
    }

    /** Serves until nobody waits, one after the other; the agents in the order in which they were served. */
    List<String> drain(Choice.Taken running) {
        List<String> order = new ArrayList<>();
        Choice.Taken current = running;
        while (current != null) {
            told.clear();
            end(current);
            current = null;
            for (Ticket ticket : told) {
                order.add(ticket.bid.agent());
                current = slotOf(ticket);
            }
        }
        return order;
    }

    /** Ends what runs and tells who runs now, who must be one. */
    Choice.Taken next(Choice.Taken running, List<String> order) {
        told.clear();
        end(running);
        assertThat(told).hasSize(1);
        order.add(told.get(0).bid.agent());
        return slotOf(told.get(0));
    }

    void passSeconds(double seconds) {
        fleet.ticker.passSeconds(seconds);
        queues.sweep(fleet.ticker.nanos());
    }

    int inFlight() {
        return fleet.fleet.all().stream().mapToInt(Backend::inFlight).sum();
    }
}
