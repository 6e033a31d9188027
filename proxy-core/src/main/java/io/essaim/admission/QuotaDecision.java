package io.essaim.admission;

import io.essaim.selection.Choice;

/** Whether an agent may send one more request now. */
public sealed interface QuotaDecision permits QuotaDecision.Refused, QuotaPermit {

    /**
     * It may not.
     *
     * @param why for the client, with the time to wait in a form that clients read out of texts
     */
    record Refused(Choice.Refused why) implements QuotaDecision {}
}
