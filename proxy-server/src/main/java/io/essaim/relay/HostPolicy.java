package io.essaim.relay;

import io.essaim.http.Request;
import io.netty.util.NetUtil;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Which Host names and which web origins are ours. Ollama makes these checks only when it listens on loopback, so on a LAN
 * nothing but the proxy keeps a web page from using a name that resolves to us (DNS rebinding).
 *
 * <p>Hosts: any IP address, {@code localhost}, a bare name without dots, names under local top-level domains, and those of
 * the rules. A public name that leads here is the attack, unless the rules say it is ours. Origins: Ollama's own defaults
 * (server/routes.go, envconfig/config.go) and pages that we serve ourselves.
 */
final class HostPolicy {
    private static final Pattern LOCAL_NAME =
            Pattern.compile("(?:[a-z0-9_-]+|(?:[a-z0-9_-]+\\.)+(?:localhost|local|internal|lan|home|home\\.arpa))\\.?");
    private static final Pattern LOCAL_ORIGIN =
            Pattern.compile("https?://(?:localhost|127\\.0\\.0\\.1|0\\.0\\.0\\.0|\\[::1])(?::[0-9]{1,5})?");
    private static final Set<String> APP_SCHEMES = Set.of("app", "file", "tauri", "vscode-webview", "vscode-file");

    private final List<String> extra;

    HostPolicy(List<String> extra) {
        this.extra = extra;
    }

    /** @param authority host and maybe port, lower case */
    boolean allows(String authority) {
        String host = host(authority);
        if (host.equals("localhost")) {
            return true;
        }
        return NetUtil.isValidIpV4Address(host)
                || NetUtil.isValidIpV6Address(host)
                || LOCAL_NAME.matcher(host).matches()
                || extra.contains(host);
    }

    private static String host(String authority) {
        if (authority.startsWith("[")) {
            return authority.substring(1, authority.indexOf(']'));
        }
        int colon = authority.lastIndexOf(':');
        return colon < 0 ? authority : authority.substring(0, colon);
    }

    /** Whether a browser sends this on behalf of a page that may use us, or no browser sends it. */
    boolean allowsOrigin(Request request) {
        String origin = request.head().first("origin");
        if (origin == null) {
            return !"cross-site".equalsIgnoreCase(request.head().first("sec-fetch-site"));
        }
        if (request.head().count("origin") > 1) {
            return false;
        }
        int scheme = origin.indexOf("://");
        return origin.equals("http://" + request.host())
                || origin.equals("https://" + request.host())
                || LOCAL_ORIGIN.matcher(origin).matches()
                || scheme > 0 && APP_SCHEMES.contains(origin.substring(0, scheme));
    }
}
