package io.essaim.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** Reads {@code listen} and {@code admin}. */
final class ListenReader {
    static final int MAX_PORT = 65535;

    /** Scheme and authority without a path, with at most one asterisk; or the asterisk alone. */
    private static final Pattern ORIGIN =
            Pattern.compile("\\*|(?=[^*]*\\*?[^*]*$)[a-z][a-z0-9+.-]*://[A-Za-z0-9*.:\\[\\]_-]+");

    private ListenReader() {}

    static Listen listen(Optional<Spot> spot) {
        if (spot.isEmpty()) {
            return Listen.usual(Listen.DEFAULT_HOST, Listen.DEFAULT_PORT);
        }
        Section section = spot.get().section("host", "port", "allow", "trust", "hosts", "origins", "tls");
        String host = host(section, Listen.DEFAULT_HOST);
        int port = section.integer("port", Listen.DEFAULT_PORT, 0, MAX_PORT);
        List<Cidr> allow = section.get("allow").map(ListenReader::allow).orElse(Listen.PRIVATE_NETWORKS);
        List<Cidr> trust = section.get("trust").map(ListenReader::trust).orElse(List.of());
        List<String> hosts = section.get("hosts").map(ListenReader::hostNames).orElse(List.of());
        List<String> origins = section.get("origins").map(ListenReader::origins).orElse(List.of());
        KeyPairFiles tls = section.get("tls").flatMap(ListenReader::keyPair).orElse(null);
        return new Listen(host, port, allow, trust, hosts, origins, tls);
    }

    private static Optional<KeyPairFiles> keyPair(Spot spot) {
        Section section = spot.section("cert", "key");
        Optional<String> cert = section.require("cert", "the PEM file with the certificate; essaim cert makes one")
                .flatMap(SecretReader::path);
        Optional<String> key =
                section.require("key", "the PEM file with its private key").flatMap(SecretReader::path);
        return cert.isPresent() && key.isPresent()
                ? Optional.of(new KeyPairFiles(cert.get(), key.get()))
                : Optional.empty();
    }

    static Admin admin(Spot spot, Listen listen) {
        Section section = spot.section("host", "port");
        String host = host(section, Admin.DEFAULT_HOST);
        int port = section.integer("port", Admin.DEFAULT_PORT, 0, MAX_PORT);
        if (port != 0 && port == listen.port() && host.equalsIgnoreCase(listen.host())) {
            section.get("port").orElse(spot).refuse("the same host and port as listen", "choose another port");
        }
        return new Admin(host, port);
    }

    private static String host(Section section, String fallback) {
        return section.get("host").flatMap(ListenReader::hostName).orElse(fallback);
    }

    private static Optional<String> hostName(Spot spot) {
        Optional<String> host = spot.text();
        if (host.isPresent() && !HostName.isValid(host.get())) {
            spot.refuse("not a host name or IP address", "without scheme, port, brackets, and \"_\"");
            return Optional.empty();
        }
        return host.map(name -> name.toLowerCase(Locale.ROOT));
    }

    private static List<String> hostNames(Spot spot) {
        List<String> names = new ArrayList<>();
        for (Spot item : spot.items()) {
            hostName(item).ifPresent(name -> addOnce(names, name, item));
        }
        return names;
    }

    private static List<String> origins(Spot spot) {
        List<String> origins = new ArrayList<>();
        for (Spot item : spot.items()) {
            item.text().ifPresent(origin -> {
                if (ORIGIN.matcher(origin).matches()) {
                    addOnce(origins, origin, item);
                } else {
                    item.refuse("not a web origin", "like https://chat.example.org, with at most one *, or just *");
                }
            });
        }
        return origins;
    }

    private static List<Cidr> allow(Spot spot) {
        return networks(spot.atLeastOne("nobody could connect; leave the key out to allow private networks"));
    }

    /** Whoever is trusted can say that he forwards for anybody: not for the whole world. */
    private static List<Cidr> trust(Spot spot) {
        List<Cidr> networks = networks(spot.items());
        if (networks.stream().anyMatch(Cidr::isEverything)) {
            spot.refuse("everybody could claim to be anybody", "name the addresses of your proxies");
        }
        return networks;
    }

    private static List<Cidr> networks(List<Spot> items) {
        List<Cidr> networks = new ArrayList<>();
        for (Spot item : items) {
            try {
                item.text().map(Cidr::parse).ifPresent(network -> addOnce(networks, network, item));
            } catch (IllegalArgumentException e) {
                item.refuse("not a network: " + e.getMessage(), "write it like 192.168.1.0/24 or fd00::/8");
            }
        }
        return networks;
    }

    private static <T> void addOnce(List<T> list, T value, Spot spot) {
        if (list.contains(value)) {
            spot.refuse("listed twice", "");
        }
        list.add(value);
    }
}
