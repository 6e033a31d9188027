package io.essaim.server;

import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** The address to listen on is not available. */
public final class CannotListen extends Exception {
    private static final long serialVersionUID = 1L;

    /** @param remedy what to do when the port is in use */
    CannotListen(InetSocketAddress address, @Nullable Throwable cause, String remedy) {
        super(sentence(address, cause, remedy), cause);
    }

    CannotListen(String sentence) {
        super(sentence);
    }

    private static String sentence(InetSocketAddress address, @Nullable Throwable cause, String remedy) {
        String where = address.getHostString() + ":" + address.getPort();
        String why = cause == null ? "unknown" : String.valueOf(cause.getMessage());
        if (address.isUnresolved()) {
            return "cannot listen on " + where + ": the host name is not known";
        }
        if (why.contains("Address already in use") || why.contains("errno=98")) {
            return "cannot listen on " + where + ": the port is in use (another Ollama or Essaim?); " + remedy;
        }
        if (why.contains("Cannot assign requested address") || why.contains("errno=99")) {
            return "cannot listen on " + where + ": this machine does not have that address";
        }
        if (why.contains("Permission denied") || why.contains("errno=13")) {
            return "cannot listen on " + where + ": that needs more rights (ports below 1024 are for root)";
        }
        return "cannot listen on " + where + ": " + why;
    }
}
