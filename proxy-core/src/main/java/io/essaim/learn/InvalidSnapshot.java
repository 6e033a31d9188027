package io.essaim.learn;

import org.jspecify.annotations.Nullable;

/** A snapshot that cannot be used; the message says why. */
public final class InvalidSnapshot extends Exception {
    private static final long serialVersionUID = 1;

    InvalidSnapshot(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
