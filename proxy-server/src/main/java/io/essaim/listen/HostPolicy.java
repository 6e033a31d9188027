package io.essaim.listen;

import io.netty.util.NetUtil;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Which Host names are the proxy's own. Ollama checks them only when it listens on loopback, so on a LAN nothing but
 * the proxy keeps a web page from using a name that resolves to it (DNS rebinding).
 *
 * <p>Allowed: any IP address, {@code localhost}, a bare name without dots, names under local top-level domains, and
 * those of the rules. A public name that resolves here is the attack, unless the rules allow it.
 */
public final class HostPolicy {
    private static final Pattern LOCAL_NAME =
            Pattern.compile("(?:[a-z0-9_-]+|(?:[a-z0-9_-]+\\.)+(?:localhost|local|internal|lan|home|home\\.arpa))\\.?");

    private final List<String> extra;

    /** @param extra names that are ours besides local ones, lower case */
    public HostPolicy(List<String> extra) {
        this.extra = extra;
    }

    /** @param authority host and maybe port, lower case */
    public boolean allows(String authority) {
        String host = host(authority);
        if (host.equals("localhost")) {
            return true;
        }
        return isAddress(authority) || LOCAL_NAME.matcher(host).matches() || extra.contains(host);
    }

    /** Whether this is an IP address and no name. */
    public static boolean isAddress(String authority) {
        String host = host(authority);
        return NetUtil.isValidIpV4Address(host) || NetUtil.isValidIpV6Address(host);
    }

    private static String host(String authority) {
        if (authority.startsWith("[")) {
            return authority.substring(1, authority.indexOf(']'));
        }
        int colon = authority.lastIndexOf(':');
        return colon < 0 ? authority : authority.substring(0, colon);
    }
}
