package io.essaim.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** The base URL of a backend. Messages never quote it: someone may have put a password there. */
final class BackendUrl {
    private static final Pattern WEB = Pattern.compile("(?i)https?://");
    private static final List<Cidr> LOOPBACK = List.of(Cidr.parse("127.0.0.0/8"), Cidr.parse("::1/128"));
    private static final List<String> LOCAL_DOMAINS = List.of(".local", ".lan", ".internal", ".home.arpa");

    private BackendUrl() {}

    /**
     * The one spelling of a URL: scheme and host in lower case, no default port, no dot segments, no slash at the end.
     *
     * @throws IllegalArgumentException if no backend can be there; the message says why
     */
    static URI normalise(String text) {
        if (!WEB.matcher(text).lookingAt()) {
            throw new IllegalArgumentException("it does not begin with http:// or https://");
        }
        URI url = parse(text);
        String scheme = url.getScheme().toLowerCase(Locale.ROOT);
        if (url.getRawUserInfo() != null
                || (url.getRawAuthority() != null && url.getRawAuthority().indexOf('@') >= 0)) {
            throw new IllegalArgumentException("it holds a user or password");
        }
        if (url.getRawQuery() != null || url.getRawFragment() != null) {
            throw new IllegalArgumentException("it has a query or a fragment");
        }
        if (url.getHost() == null || !HostName.isValid(unbracketed(url.getHost()))) {
            throw new IllegalArgumentException("it has no valid host and port");
        }
        int port = url.getPort();
        if (port == 0 || port > 65535) {
            throw new IllegalArgumentException("its port is not 1 to 65535");
        }
        boolean defaultPort = port == (scheme.equals("http") ? 80 : 443);
        String path = url.normalize().getRawPath().replaceFirst("/+$", "");
        String authority = url.getHost().toLowerCase(Locale.ROOT) + (defaultPort || port < 0 ? "" : ":" + port);
        return URI.create(scheme + "://" + authority + path);
    }

    private static URI parse(String text) {
        try {
            return new URI(text);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException(e.getReason(), e);
        }
    }

    /** The host without the brackets of an IPv6 address. */
    static String host(URI url) {
        return unbracketed(url.getHost());
    }

    private static String unbracketed(String host) {
        return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }

    /** The zone of a backend whose rules name none. Names are not looked up, and what might be outside counts as {@code cloud}. */
    static String zone(URI url) {
        String host = host(url);
        boolean loopback = Cidr.ofLiteral(host)
                .map(address -> LOOPBACK.stream().anyMatch(net -> net.contains(address)))
                .orElse(host.equals("localhost"));
        if (loopback) {
            return "host";
        }
        boolean near = Cidr.ofLiteral(host)
                .map(address -> Listen.PRIVATE_NETWORKS.stream().anyMatch(net -> net.contains(address)))
                .orElse(host.indexOf('.') < 0 || LOCAL_DOMAINS.stream().anyMatch(host::endsWith));
        return near ? "lan" : "cloud";
    }
}
