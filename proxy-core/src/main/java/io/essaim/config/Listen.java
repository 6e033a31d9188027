package io.essaim.config;

import java.net.InetAddress;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Where clients connect and who may.
 *
 * @param host address or name to bind to; default 127.0.0.1
 * @param port 0 to 65535, 0 for any free one; default 11434
 * @param allow networks of clients; default {@link #PRIVATE_NETWORKS}
 * @param trust networks of proxies that are believed when they say whom they forward for; default none
 * @param hosts names accepted in the Host header besides local ones, in lower case; default none
 * @param origins web origins allowed besides this machine's, desktop apps' and our own, each with at most one {@code *};
 *     default none
 * @param tls what clients are shown; null for plain HTTP
 */
public record Listen(
        String host,
        int port,
        List<Cidr> allow,
        List<Cidr> trust,
        List<String> hosts,
        List<String> origins,
        @Nullable KeyPairFiles tls) {
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

    /** What holds where the rules say nothing. */
    static final Listen DEFAULTS = usual(DEFAULT_HOST, DEFAULT_PORT);

    /** The same for everything but address and port, which are as they are without rules. */
    static Listen usual(String host, int port) {
        return new Listen(host, port, PRIVATE_NETWORKS, List.of(), List.of(), List.of(), null);
    }

    /** The same at another address. */
    Listen at(String newHost, int newPort) {
        return new Listen(newHost, newPort, allow, trust, hosts, origins, tls);
    }

    public Listen {
        allow = List.copyOf(allow);
        trust = List.copyOf(trust);
        hosts = List.copyOf(hosts);
        origins = List.copyOf(origins);
    }

    /** Whether a client may come from this address. */
    public boolean allows(InetAddress client) {
        return in(allow, client);
    }

    /** Whether this is a proxy that is believed when it says whom it forwards for. */
    public boolean trusts(InetAddress peer) {
        return in(trust, peer);
    }

    /** Whether a connection from this address may bring requests; of a proxy that is trusted each request is judged by its client. */
    public boolean mayConnect(InetAddress peer) {
        return allows(peer) || trusts(peer);
    }

    private static boolean in(List<Cidr> networks, InetAddress address) {
        for (Cidr network : networks) {
            if (network.contains(address)) {
                return true;
            }
        }
        return false;
    }
}
