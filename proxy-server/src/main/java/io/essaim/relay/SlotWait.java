package io.essaim.relay;

import io.essaim.admit.Admission;
import io.essaim.admit.Bid;
import io.essaim.admit.Ticket;
import io.essaim.choose.Choice;
import io.essaim.choose.Outlook;
import io.essaim.choose.Plan;
import io.essaim.choose.Prompt;
import io.essaim.choose.Selector;
import io.essaim.config.AgentRule;
import io.essaim.fault.Guarded;
import io.essaim.fault.OwnFault;
import io.essaim.fleet.Backend;
import io.essaim.fleet.Caller;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One request's way to a slot: at once, or after a wait in the queue of its model. What runs no model needs no slot. While it
 * waits, its loop looks after the queues. Confined to its event loop.
 */
final class SlotWait implements Ticket.Waiter, Loop.Timed {
    private final Loop loop;
    private final Prompt prompt;
    private final boolean needless;
    private final long bytes;
    private final AgentRule agent;
    private final Consumer<Choice> decided;
    private final Guarded owner;
    private final long since;
    private @Nullable Ticket ticket;

    /**
     * @param bytes size of the body
     * @param decided gets each answer, in {@link #ask} or later
     * @param owner ends the request when something of this fails
     */
    SlotWait(Loop loop, Prompt prompt, Ask ask, long bytes, Consumer<Choice> decided, Guarded owner) {
        this.owner = owner;
        this.loop = loop;
        this.prompt = prompt;
        this.needless = !ask.operation().infers();
        this.bytes = bytes;
        // Agents that the rules do not name are one, lest inventing names brings more turns.
        this.agent = loop.shared().rules().agent(ask.agent());
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
        if (needless) {
            Selector.choose(plan, tried, prompt).handTo(decided);
            return;
        }
        Set<Backend> excluded = Set.copyOf(tried);
        Outlook outlook = Outlook.of(plan, prompt);
        Bid bid = new Bid(
                plan.model().key(),
                new Caller(agent.name(), agent.priority()),
                outlook.seconds(),
                outlook.slots(),
                List.of(plan, excluded),
                bytes,
                since,
                !excluded.isEmpty(),
                turn -> Selector.chooseFree(plan, excluded, prompt, turn));
        Admission admission = loop.shared().queues().enter(bid, this);
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
        loop.eventLoop().execute(() -> OwnFault.guard(this, () -> take(whose)));
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
        loop.shared().queues().sweep(now);
    }

    /** Waits no longer. Whether it did. */
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
