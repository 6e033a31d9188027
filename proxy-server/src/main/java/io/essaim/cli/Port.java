package io.essaim.cli;

/** What may stand behind {@code --port}. */
final class Port {
    private Port() {}

    /** The port as given, if it is one. */
    static int checked(int port) throws Main.Complaint {
        if (port < 0 || port > 65535) {
            throw new Main.Complaint("--port " + port + ": a port is 0 to 65535");
        }
        return port;
    }
}
