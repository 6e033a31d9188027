package io.essaim.admit;

import io.essaim.choose.Choice;

/** Whether an agent may make one more request now. */
public sealed interface Entry permits Entry.Refused, Pass {

    /**
     * It may not.
     *
     * @param why for the client, with the time to wait in a form that clients read out of texts
     */
    record Refused(Choice.Refused why) implements Entry {}
}
