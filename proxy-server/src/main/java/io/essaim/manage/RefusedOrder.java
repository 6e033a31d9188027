package io.essaim.manage;

import io.essaim.api.Surface;
import io.essaim.http.Answer;

/** An order that is not carried out, with the answer to the client. */
final class RefusedOrder extends Exception {
    private static final long serialVersionUID = 1;

    private final int status;
    private final String text;
    private boolean plain;

    RefusedOrder(int status, String text) {
        super(text, null, false, false);
        this.status = status;
        this.text = text;
    }

    /** As Ollama says what it finds wrong after it has begun to work: without a charset. */
    RefusedOrder plain() {
        plain = true;
        return this;
    }

    Answer answer() {
        return plain ? Answer.plainError(status, text) : Answer.error(Surface.NATIVE, status, text, "");
    }
}
