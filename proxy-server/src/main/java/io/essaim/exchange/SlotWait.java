package io.essaim.exchange;

import io.essaim.admission.Admission;
import io.essaim.admission.Queues;
import io.essaim.admission.SlotRequest;
import io.essaim.admission.Ticket;
import io.essaim.config.AgentRule;
import io.essaim.fault.Guarded;
import io.essaim.fault.InternalFault;
import io.essaim.fleet.Backend;
import io.essaim.fleet.SlotOwner;
import io.essaim.selection.Choice;
import io.essaim.selection.Plan;
import io.essaim.selection.PromptEstimate;
import io.essaim.selection.Selector;
import io.essaim.selection.WaitForecast;
import io.essaim.upstream.Loop;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The way of one request to a slot: at once, or after a wait in the queue of its model. A request that runs no model
 * needs no slot. While it waits, its loop sweeps the queues. Confined to its event loop.
 */
final class SlotWait implements Ticket.Waiter, Loop.Timed {
    private final Loop loop;
    private final Queues queues;
    private final Want want;
    private final Consumer<Choice> decided;
    private final Guarded owner;
    private final long since;
    private @Nullable Ticket ticket;

    /**
     * What a slot is wanted for.
     *
     * @param agent that asks. Agents that the rules do not name are one, lest inventing names brings more turns
     * @param prompt the request as it can be foreseen
     * @param bytes size of the body
     * @param infers whether a model runs for it; else no slot is needed
     */
    record Want(AgentRule agent, PromptEstimate prompt, long bytes, boolean infers) {}

    /**
     * @param want what the slot is for
     * @param decided gets each answer, in {@link #ask} or later
     * @param owner ends the request when something of this fails
     */
    SlotWait(Loop loop, Queues queues, Want want, Consumer<Choice> decided, Guarded owner) {
        this.owner = owner;
        this.loop = loop;
        this.queues = queues;
        this.want = want;
        this.decided = decided;
        this.since = loop.now();
    }

    /**
     * Asks for a slot; not before the answer to the last question.
     *
     * @param plan where the request may go
     * @param tried backends that will not do
     */
    void ask(Plan plan, Set<Backend> tried) {
        if (!want.infers) {
            Selector.choose(plan, tried, want.prompt).handTo(decided);
            return;
        }
        Set<Backend> excluded = Set.copyOf(tried);
        WaitForecast outlook = WaitForecast.of(plan, want.prompt);
        SlotRequest bid = new SlotRequest(
                plan.model().key(),
                new SlotOwner(want.agent.name(), want.agent.priority()),
                outlook.seconds(),
                outlook.slots(),
                List.of(plan, excluded),
                want.bytes,
                since,
                !excluded.isEmpty(),
                turn -> Selector.chooseFree(plan, excluded, want.prompt, turn));
        Admission admission = queues.enter(bid, this);
        if (admission instanceof Admission.Waiting waiting) {
            ticket = waiting.ticket();
            loop.watch(this);
        } else if (admission instanceof Admission.Decided now) {
            now.choice().handTo(decided);
        }
    }

    /** Any thread. */
    @Override
    public void ready(Ticket whose) {
        loop.eventLoop().execute(() -> InternalFault.guard(this, () -> take(whose)));
    }

    private void take(Ticket whose) {
        Choice choice = whose.take();
        if (choice != null) { // Null when it left meanwhile.
            choice.handTo(mine -> {
                over();
                decided.accept(mine);
            });
        }
    }

    @Override
    public void fault(Throwable cause) {
        owner.fault(cause);
    }

    @Override
    public void sweep(long now) {
        queues.sweep(now);
    }

    /** Leaves the queue. Returns whether it waited. */
    boolean leave() {
        Ticket mine = ticket;
        if (mine == null) {
            return false;
        }
        over();
        mine.leave();
        return true;
    }

    private void over() {
        ticket = null;
        loop.unwatch(this);
    }
}
