package io.essaim.transport;

/** What the rules say of a backend's certificates cannot be used. The message names the key and the file. */
public final class TlsFault extends Exception {
    private static final long serialVersionUID = 1L;

    TlsFault(String message) {
        super(message);
    }
}
