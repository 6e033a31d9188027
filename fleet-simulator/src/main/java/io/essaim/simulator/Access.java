package io.essaim.simulator;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Locale;

/** The Origin rules and the Host check of 0.15.2 with no OLLAMA_ORIGINS set. */
final class Access {
    private static final List<String> LOCAL_NAMES = List.of("localhost", "127.0.0.1", "0.0.0.0");
    private static final List<String> APP_SCHEMES =
            List.of("app://", "file://", "tauri://", "vscode-webview://", "vscode-file://");
    private static final String ALLOWED_HEADERS =
            "Authorization,Content-Type,User-Agent,Accept,X-Requested-With,Openai-Beta,"
                    + "X-Stainless-Arch,X-Stainless-Async,X-Stainless-Custom-Poll-Interval,X-Stainless-Helper-Method,X-Stainless-Lang,"
                    + "X-Stainless-Os,X-Stainless-Package-Version,X-Stainless-Poll-Helper,X-Stainless-Retry-Count,X-Stainless-Runtime,"
                    + "X-Stainless-Runtime-Version,X-Stainless-Timeout";

    private final boolean loopback;

    Access(boolean loopback) {
        this.loopback = loopback;
    }

    /** Whether the request may pass; nothing is answered. */
    boolean allows(Exchange exchange) {
        String origin = origin(exchange);
        return (origin.isEmpty() || isAllowedOrigin(origin)) && (!loopback || isAllowedHost(hostName(exchange)));
    }

    /** Lets the request pass or answers it; returns whether it may pass. */
    boolean admit(Exchange exchange) {
        boolean options = exchange.request().method().name().equals("OPTIONS");
        if (options) {
            List<String> allowed = Route.allowed(exchange.path());
            if (!allowed.isEmpty()) {
                exchange.header("Allow", String.join(", ", allowed));
            }
        }
        String origin = origin(exchange);
        if (!origin.isEmpty()) {
            if (!isAllowedOrigin(origin)) {
                exchange.whole(403, null, "");
                return false;
            }
            if (options) {
                preflight(exchange, origin);
                return false;
            }
            exchange.header("Access-Control-Allow-Origin", origin);
            exchange.header("Vary", "Origin");
        }
        if (!loopback) {
            return true;
        }
        String host = hostName(exchange);
        if (!isAllowedHost(host)) {
            exchange.whole(403, null, "");
            return false;
        }
        if (options && !host.isEmpty() && !NetUtil.isValidIpV4Address(host) && !NetUtil.isValidIpV6Address(host)) {
            exchange.whole(204, null, "");
            return false;
        }
        return true;
    }

    /** The origin if the CORS layer has to look at it, else empty. */
    private static String origin(Exchange exchange) {
        String origin = exchange.request().headers().get("Origin", "");
        String host = exchange.request().headers().get("Host", "");
        return origin.equals("http://" + host) || origin.equals("https://" + host) ? "" : origin;
    }

    private static boolean isAllowedOrigin(String origin) {
        for (String scheme : APP_SCHEMES) {
            if (origin.startsWith(scheme)) {
                return true;
            }
        }
        int scheme = origin.indexOf("://");
        if (scheme < 0 || !List.of("http", "https").contains(origin.substring(0, scheme))) {
            return false;
        }
        String rest = origin.substring(scheme + 3);
        int colon = rest.indexOf(':');
        return LOCAL_NAMES.contains(colon < 0 ? rest : rest.substring(0, colon));
    }

    private static void preflight(Exchange exchange, String origin) {
        exchange.header("Access-Control-Allow-Headers", ALLOWED_HEADERS);
        exchange.header("Access-Control-Allow-Methods", "GET,POST,PUT,PATCH,DELETE,HEAD,OPTIONS");
        exchange.header("Access-Control-Allow-Origin", origin);
        exchange.header("Access-Control-Max-Age", "43200");
        exchange.header("Vary", "Origin");
        exchange.header("Vary", "Access-Control-Request-Method");
        exchange.header("Vary", "Access-Control-Request-Headers");
        exchange.whole(204, null, "");
    }

    /** The host of an absolute target counts, else that of the Host line; without its port. */
    private static String hostName(Exchange exchange) {
        String uri = exchange.request().uri();
        String authority = exchange.request().headers().get("Host", "");
        int scheme = uri.indexOf("://");
        if (scheme > 0 && !uri.startsWith("/")) {
            int slash = uri.indexOf('/', scheme + 3);
            authority = uri.substring(scheme + 3, slash < 0 ? uri.length() : slash);
        }
        if (authority.startsWith("[")) {
            return authority.substring(1, Math.max(1, authority.indexOf(']')));
        }
        int colon = authority.lastIndexOf(':');
        return (colon < 0 ? authority : authority.substring(0, colon)).toLowerCase(Locale.ROOT);
    }

    private static boolean isAllowedHost(String host) {
        if (host.isEmpty() || host.equals("localhost")) {
            return true;
        }
        if (NetUtil.isValidIpV4Address(host) || NetUtil.isValidIpV6Address(host)) {
            try {
                InetAddress address = InetAddress.getByAddress(NetUtil.createByteArrayFromIpAddressString(host));
                return address.isLoopbackAddress() || address.isSiteLocalAddress() || address.isAnyLocalAddress();
            } catch (UnknownHostException e) {
                return false;
            }
        }
        return host.endsWith(".localhost") || host.endsWith(".local") || host.endsWith(".internal");
    }
}
