package io.essaim.transport;

/** The certificates of the rules cannot be used. The message names the key and the file. */
public final class TlsFault extends Exception {
    private static final long serialVersionUID = 1L;

    TlsFault(String message) {
        super(message);
    }
}
