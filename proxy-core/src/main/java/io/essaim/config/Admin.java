package io.essaim.config;

/**
 * Where the admin pages are served, apart from the clients' port.
 *
 * @param host address or name to bind to; default 127.0.0.1
 * @param port 0 to 65535, 0 for any free one; default 11435
 */
public record Admin(String host, int port) {
    /** This machine alone. */
    public static final String DEFAULT_HOST = "127.0.0.1";

    static final int DEFAULT_PORT = 11435;
}
