package io.essaim.dialect;

/** A backend's frame that is not its dialect. Has no stack trace; the message completes "the backend sent …". */
final class InvalidFrame extends Exception {
    private static final long serialVersionUID = 1L;

    InvalidFrame(String what) {
        super(what, null, false, false);
    }

    String text() {
        return String.valueOf(getMessage());
    }
}
