package io.essaim.config;

import static io.essaim.config.ValueType.integer;
import static io.essaim.config.ValueType.list;
import static io.essaim.config.ValueType.matching;
import static io.essaim.config.ValueType.path;
import static io.essaim.config.ValueType.text;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Reads {@code listen} and {@code admin}. */
final class ListenReader {
    static final int MAX_PORT = 65535;

    private static final ValueType<String> HOST_NAME = text(
            "host name or IP address",
            "[A-Za-z0-9:][A-Za-z0-9:.-]*",
            name -> Optional.of(name).filter(HostName::isValid).map(valid -> valid.toLowerCase(Locale.ROOT)),
            "not a host name or IP address",
            "without scheme, port, brackets, and \"_\"");
    private static final ValueType<Cidr> NETWORK = new ValueType<>(
            "network in CIDR notation, or an IP address",
            Map.of("type", "string", "pattern", "^[0-9A-Fa-f:.]+(/[0-9]{1,3})?$"),
            ListenReader::network,
            Cidr::toString);
    /** Scheme and authority without a path, with at most one asterisk; or the asterisk alone. */
    private static final ValueType<String> ORIGIN = matching(
            "scheme and host, with at most one `*`, or `*` alone",
            "(\\*|(?=[^*]*\\*?[^*]*$)[a-z][a-z0-9+.-]*://[A-Za-z0-9*.:\\[\\]_-]+)",
            "not a web origin",
            "like https://chat.example.org, with at most one *, or just *");

    private static final RulesKey<String> CERT = RulesKey.of("cert", path())
            .required("the PEM file with the certificate; essaim cert makes one")
            .means("PEM file with the certificate, and behind it those of its issuers, each signed by the next.");
    private static final RulesKey<String> PRIVATE_KEY = RulesKey.of("key", path())
            .required("the PEM file with its private key")
            .means(
                    "PEM file with its private key: EC, RSA or Ed25519, PKCS#8 without a password, not readable by others (except under `/run/secrets`).");

    private static final RulesKey<String> HOST = RulesKey.of("host", HOST_NAME)
            .or(Listen.DEFAULT_HOST)
            .means("Address or name to bind to. `0.0.0.0` is every IPv4 address of this machine.");
    private static final RulesKey<Integer> PORT = RulesKey.of("port", integer(0, MAX_PORT))
            .or(Listen.DEFAULT_PORT)
            .means("Port to bind to; 0 takes any free one.");
    private static final RulesKey<List<Cidr>> ALLOW = RulesKey.of(
                    "allow", list(NETWORK, "nobody could connect; leave the key out to allow private networks", ""))
            .otherwise("loopback, private (RFC 1918), unique local and link-local networks")
            .means(
                    "Networks that clients may come from. `\"0.0.0.0/0\"` and `\"::/0\"` admit every address. Connections"
                            + " from elsewhere are closed before a byte is read, and the log says so.");
    private static final RulesKey<List<Cidr>> TRUST = RulesKey.of("trust", list(NETWORK, null, ""))
            .or(List.of())
            .means("Networks of proxies in front, whose `X-Forwarded-For` or `Forwarded` field is believed.");
    private static final RulesKey<List<String>> HOSTS = RulesKey.of("hosts", list(HOST_NAME, null, ""))
            .or(List.of())
            .means("Names accepted in the `Host` header besides local ones, without port.");
    private static final RulesKey<List<String>> ORIGINS = RulesKey.of("origins", list(ORIGIN, null, ""))
            .or(List.of())
            .means("Web pages that may use the API, besides those of this machine and of desktop apps, like"
                    + " `https://chat.example.org` or `https://*.example.org`. `\"*\"` admits every page.");
    private static final RulesKey<Optional<KeyPairFiles>> TLS = RulesKey.object(
                    RulesObject.of(
                            "tls",
                            "The certificate with which all ports for clients speak https. Both files are read again when they change.",
                            CERT,
                            PRIVATE_KEY),
                    ListenReader::keyPair)
            .otherwise("plain HTTP");
    static final RulesKey<Listen> LISTEN = RulesKey.object(
                    RulesObject.of(
                            "listen",
                            "Where clients connect, and which may.",
                            HOST,
                            PORT,
                            ALLOW,
                            TRUST,
                            HOSTS,
                            ORIGINS,
                            TLS),
                    ListenReader::listen)
            .otherwise("the defaults of its keys");

    private static final RulesKey<String> ADMIN_HOST =
            RulesKey.of("host", HOST_NAME).or(Admin.DEFAULT_HOST).means("Address or name to bind to.");
    private static final RulesKey<Integer> ADMIN_PORT =
            RulesKey.of("port", PORT.type()).or(Admin.DEFAULT_PORT).means(PORT.sentence());
    private static final RulesObject ADMIN_KEYS =
            RulesObject.of("admin", "Where the admin page is served.", ADMIN_HOST, ADMIN_PORT);
    static final RulesKey<Spot> ADMIN = RulesKey.inContext(ADMIN_KEYS).otherwise("no admin page");

    private ListenReader() {}

    private static Listen listen(Section section) {
        List<Cidr> trust = section.get(TRUST);
        if (trust.stream().anyMatch(Cidr::isEverything)) { // a trusted proxy can name any client: not the whole world
            section.at(TRUST).refuse("everybody could claim to be anybody", "name the addresses of your proxies");
        }
        return new Listen(
                section.get(HOST),
                section.get(PORT),
                section.find(ALLOW).orElse(Listen.PRIVATE_NETWORKS),
                trust,
                section.get(HOSTS),
                section.get(ORIGINS),
                section.find(TLS).flatMap(pair -> pair).orElse(null));
    }

    private static Optional<KeyPairFiles> keyPair(Section section) {
        Optional<String> cert = section.find(CERT);
        Optional<String> key = section.find(PRIVATE_KEY);
        return cert.flatMap(chain -> key.map(secret -> new KeyPairFiles(chain, secret)));
    }

    static Admin admin(Spot spot, Listen listen) {
        Section section = spot.section(ADMIN_KEYS);
        Admin admin = new Admin(section.get(ADMIN_HOST), section.get(ADMIN_PORT));
        if (admin.port() != 0 && admin.port() == listen.port() && admin.host().equalsIgnoreCase(listen.host())) {
            section.at(ADMIN_PORT).refuse("the same host and port as listen", "choose another port");
        }
        return admin;
    }

    private static Optional<Cidr> network(Spot spot) {
        try {
            return spot.text().map(Cidr::parse);
        } catch (IllegalArgumentException e) {
            spot.refuse("not a network: " + e.getMessage(), "write it like 192.168.1.0/24 or fd00::/8");
            return Optional.empty();
        }
    }
}
