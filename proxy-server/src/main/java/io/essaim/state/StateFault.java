package io.essaim.state;

import org.jspecify.annotations.Nullable;

/** The state cannot be used, for a reason that the user can mend: one sentence, which names the file. */
public final class StateFault extends Exception {
    private static final long serialVersionUID = 1L;

    StateFault(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
