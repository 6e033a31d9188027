package io.essaim.admission;

import io.essaim.selection.Choice;

/** The outcome of a request for a slot. */
public sealed interface Admission {

    /** It has its answer at once: a lease, which the caller now holds, or a refusal. */
    record Decided(Choice choice) implements Admission {}

    /** It waits; {@link Ticket.Waiter#ready} tells when that is over. */
    record Waiting(Ticket ticket) implements Admission {}
}
