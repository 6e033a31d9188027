package io.essaim.config;

import java.net.InetAddress;
import java.util.List;
import java.util.stream.Stream;

/**
 * Where clients connect and who may.
 *
 * @param host address or name to bind to; default 127.0.0.1
 * @param port 0 to 65535, 0 for any free one; default 11434
 * @param allow networks of clients; default {@link #PRIVATE_NETWORKS}
 * @param hosts names accepted in the Host header besides local ones, in lower case; default none
 * @param origins web origins allowed besides this machine's, desktop apps' and our own, each with at most one {@code *};
 *     default none
 */
public record Listen(String host, int port, List<Cidr> allow, List<String> hosts, List<String> origins) {
    /** Loopback, RFC 1918, unique local (RFC 4193) and link-local addresses. */
    public static final List<Cidr> PRIVATE_NETWORKS = Stream.of(
                    "127.0.0.0/8",
                    "::1/128",
                    "10.0.0.0/8",
                    "172.16.0.0/12",
                    "192.168.0.0/16",
                    "fc00::/7",
                    "169.254.0.0/16",
                    "fe80::/10")
            .map(Cidr::parse)
            .toList();

    static final String DEFAULT_HOST = "127.0.0.1";
    static final int DEFAULT_PORT = 11434;

    public Listen {
        allow = List.copyOf(allow);
        hosts = List.copyOf(hosts);
        origins = List.copyOf(origins);
    }

    /** Whether a client may come from this address. */
    public boolean allows(InetAddress peer) {
        for (Cidr network : allow) {
            if (network.contains(peer)) {
                return true;
            }
        }
        return false;
    }
}
