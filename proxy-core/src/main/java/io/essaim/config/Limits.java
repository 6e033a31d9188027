package io.essaim.config;

/**
 * Bounds that keep one client from starving the others.
 *
 * @param maxBody bytes of a request body, 1 KiB to 1 GiB; default 64 MiB, enough for a few images
 * @param maxConnections open client connections, 1 to 65536; default 1024
 * @param maxConnectionsPerClient the same of one address, 1 to 65536; default 256. Loopback and trusted proxies, behind which there are
 *     many clients, have no such limit.
 * @param attempts backends tried for one request, 1 to 10, the first included; default 3
 */
public record Limits(long maxBody, int maxConnections, int maxConnectionsPerClient, int attempts) {
    /** What holds where the rules say nothing. */
    public static final Limits DEFAULTS = new Limits(64L << 20, 1024, 256, 3);
}
