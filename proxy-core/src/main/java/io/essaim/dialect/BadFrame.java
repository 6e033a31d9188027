package io.essaim.dialect;

/** A backend's frame that is not its dialect. Has no stack trace; the message completes "the backend sent …". */
final class BadFrame extends Exception {
    private static final long serialVersionUID = 1L;

    BadFrame(String what) {
        super(what, null, false, false);
    }

    String text() {
        return String.valueOf(getMessage());
    }
}
