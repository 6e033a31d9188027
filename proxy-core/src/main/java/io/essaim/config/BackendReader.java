package io.essaim.config;

import static io.essaim.config.ValueType.inContext;
import static io.essaim.config.ValueType.integer;
import static io.essaim.config.ValueType.list;
import static io.essaim.config.ValueType.named;
import static io.essaim.config.ValueType.object;
import static io.essaim.config.ValueType.path;
import static io.essaim.config.ValueType.positive;
import static io.essaim.config.ValueType.text;
import static io.essaim.config.ValueType.word;

import io.essaim.config.Node.Fields;
import io.essaim.config.Node.Member;
import io.essaim.config.SpeedRule.Machine;
import io.essaim.dialect.Capabilities;
import java.net.URI;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads {@code backends}. */
final class BackendReader {
    /** Stands in for a URL that is missing or faulty, so that nothing is reported about it twice. */
    private static final URI UNKNOWN = URI.create("http://127.0.0.1");

    private static final RulesKey<Machine> MACHINE = RulesKey.of(
                    "machine", word("machine", List.of(Machine.values()), Machine::key))
            .otherwise("`\"cloud\"` for clouds, else `\"cpu\"`")
            .means("What kind of machine it is; `small-board` is a Raspberry Pi or the like.");
    private static final ValueType<Double> RATE = positive(1_000_000, "leave it out if you do not know");
    private static final RulesKey<Double> TOKENS_PER_SECOND = RulesKey.of("tokensPerSecond", RATE)
            .otherwise("by `machine`")
            .means("At which one answer is written, whatever the model.");
    private static final RulesKey<Double> PROMPT_TOKENS_PER_SECOND = RulesKey.of("promptTokensPerSecond", RATE)
            .otherwise("by `machine`")
            .means("At which a prompt is read, whatever the model.");
    private static final RulesObject SPEED_KEYS = RulesObject.of(
            "speed",
            "How fast the backend is believed to be until it was measured.",
            MACHINE,
            TOKENS_PER_SECOND,
            PROMPT_TOKENS_PER_SECOND);

    private static final RulesKey<String> CA = RulesKey.of("ca", path())
            .otherwise("those that Java trusts")
            .means(
                    "PEM file with the certificates to trust: those of authorities, or the server's own. Read at the start.");
    private static final RulesKey<List<SpkiPin>> PIN = RulesKey.of(
                    "pin",
                    list(
                            text(
                                    "`sha256/BASE64` or `sha256:HEX`",
                                    "sha256(:[0-9A-Fa-f]{64}|/[A-Za-z0-9+/]{43}=)",
                                    SpkiPin::parse,
                                    "not the hash of a public key",
                                    "sha256/ and 44 characters of Base64, or sha256: and 64 hexadecimal digits"),
                            "leave the key out if any key will do",
                            "remove one of them"))
            .otherwise("any key")
            .means(
                    "SHA-256 of public keys (SPKI), one of which must be the server's or that of an issuer of its certificate.");
    private static final RulesObject TLS_KEYS = RulesObject.of(
                    "backendTls",
                    "Whose certificates are accepted of an `https` backend. Chain, dates and host name are verified in any case.",
                    CA,
                    PIN)
            .some("neither \"ca\" nor \"pin\" is there", "leave the key out to trust whom Java trusts", CA, PIN);

    private static final RulesKey<Spot> URL = RulesKey.of(
                    "url",
                    inContext(
                            "`http` or `https` URL",
                            Map.of("type", "string", "pattern", "^[Hh][Tt][Tt][Pp][Ss]?://[^/?#@\\s]+(/[^?#\\s]*)?$")))
            .required("like \"http://192.168.1.20:11434\"")
            .means(
                    "Base URL: host, port, and a path if the API is below one. No user, query or fragment. Two backends never share a URL.");
    private static final RulesKey<Dialect> DIALECT = RulesKey.of(
                    "dialect", word("dialect", List.of(Dialect.values()), Dialect::key))
            .or(Dialect.OLLAMA)
            .means("The API spoken there.");
    private static final RulesKey<Double> WEIGHT = RulesKey.of(
                    "weight", positive(1000, "leave a backend out of the tiers to send it nothing"))
            .or(1.0)
            .means("Share of work compared with the other backends of a tier.");
    private static final RulesKey<Integer> SLOTS = RulesKey.of("slots", integer(1, 1024))
            .otherwise("learned")
            .means(
                    "Requests for one model that it works on at once; more wait in the proxy. For Ollama its `OLLAMA_NUM_PARALLEL`.");
    private static final RulesKey<Integer> SLOTS_IN_ALL = RulesKey.of("slotsInAll", integer(1, 1024))
            .otherwise("as many as `slots` of each model makes")
            .means("Requests for all its models together that it is sent at once.");
    private static final RulesKey<SpeedRule> SPEED =
            RulesKey.object(SPEED_KEYS, BackendReader::speed).otherwise("by `zone`");
    private static final RulesKey<Zone> ZONE = RulesKey.of("zone", ProfileReader.ZONE_TYPE)
            .otherwise("guessed from `url`")
            .means("How far away it is in terms of trust.");
    private static final RulesKey<TlsRule> TLS = RulesKey.of("tls", object(TLS_KEYS, BackendReader::tls))
            .otherwise("those that Java trusts")
            .means(TLS_KEYS.sentence());
    private static final RulesKey<String> CAPABILITIES = RulesKey.of(
                    "capabilities", word("capabilities", openAiCapabilities(), name -> name))
            .otherwise("by the host's name, else `\"compatible\"`")
            .means("What a backend of the `openai` dialect can be asked for, and how it spells that.");
    private static final RulesObject BACKEND = RulesObject.of(
            "backend",
            "One server.",
            URL,
            DIALECT,
            WEIGHT,
            SLOTS,
            SLOTS_IN_ALL,
            SPEED,
            ZONE,
            SecretReader.API_KEY,
            TLS,
            CAPABILITIES,
            PriceReader.PRICES);
    static final RulesKey<Spot> BACKENDS = RulesKey.of(
                    "backends", named("object: backends by name", ChosenName.FORM, ValueType.reference(BACKEND), true))
            .required("name at least one")
            .means("The servers that answer requests. A name has 1 to 64 letters, digits and `.` `_` `-`.");

    private final Map<String, BackendRule> rules = new LinkedHashMap<>();
    private final Map<String, Optional<Dialect>> dialects = new LinkedHashMap<>();
    private final Map<URI, String> urls = new HashMap<>();

    /** In the order of the file. */
    Map<String, BackendRule> rules() {
        return rules;
    }

    /** Every name in the file, faulty backends too: a reference to one of them is no fault of its own. Empty dialect: not readable. */
    Map<String, Optional<Dialect>> dialects() {
        return dialects;
    }

    void read(Spot spot) {
        List<Member> members = spot.members();
        if (members.isEmpty() && spot.node() instanceof Fields) {
            spot.refuse("there is no backend", "name at least one");
        }
        for (Member member : members) {
            backend(member.key(), ChosenName.check(spot, member));
        }
    }

    private void backend(String name, Spot spot) {
        Section section = spot.section(BACKEND);
        // A dialect that is not readable is none: nothing else is reported because of it.
        Optional<Dialect> dialect = section.has(DIALECT) ? section.find(DIALECT) : Optional.of(Dialect.OLLAMA);
        dialects.put(name, dialect);
        Dialect spoken = dialect.orElse(Dialect.OLLAMA);
        Optional<URI> readable = section.find(URL).flatMap(place -> url(name, place, spoken));
        URI url = readable.orElse(UNKNOWN);
        SlotsRule slots = new SlotsRule(
                section.find(SLOTS).orElse(0), section.find(SLOTS_IN_ALL).orElse(0));
        TlsRule tls = section.find(TLS).orElse(null);
        if (tls != null && readable.isPresent() && !url.getScheme().equals("https")) {
            section.at(TLS).refuse("the URL is not https", "without TLS there is no certificate to look at");
        }
        rules.put(
                name,
                new BackendRule(
                        name,
                        url,
                        spoken,
                        section.get(WEIGHT),
                        slots,
                        section.find(SPEED).orElse(SpeedRule.NONE),
                        zone(section, url),
                        section.find(SecretReader.API_KEY)
                                .flatMap(key -> SecretReader.read(key, url))
                                .orElse(null),
                        tls,
                        capabilities(section, spoken).orElseGet(() -> spoken.capabilities(url)),
                        section.find(PriceReader.PRICES)
                                .map(prices -> PriceReader.read(prices, dialect))
                                .orElse(List.of())));
    }

    /** A faulty zone reads as the nearest one, which no agent's zone excludes: nothing else is reported because of it. */
    private static String zone(Section section, URI url) {
        String missing = section.has(ZONE) ? "host" : BackendUrl.zone(url);
        return section.find(ZONE).map(Zone::name).orElse(missing);
    }

    private static SpeedRule speed(Section section) {
        return new SpeedRule(
                section.find(MACHINE).orElse(null),
                section.find(TOKENS_PER_SECOND).orElse(0.0),
                section.find(PROMPT_TOKENS_PER_SECOND).orElse(0.0));
    }

    private static TlsRule tls(Section section) {
        return new TlsRule(section.find(CA).orElse(null), section.find(PIN).orElse(List.of()));
    }

    /** Reports a backend that an agent's rule names, although it is beyond the agent's zone; null for no such limit. */
    void checkZone(Spot spot, String name, @Nullable Zone limit, String orElse) {
        BackendRule rule = rules.get(name);
        if (limit != null && rule != null && !limit.admits(rule.zone())) {
            spot.refuse(
                    "backend \"" + name + "\" is in zone " + rule.zone() + ", beyond the agent's zone " + limit,
                    "widen the agent's zone, or " + orElse);
        }
    }

    /** The name of a known set; it must be the dialect's, since it also says how that is spelled. */
    private static Optional<String> capabilities(Section section, Dialect spoken) {
        boolean named = section.has(CAPABILITIES) && section.at(CAPABILITIES).node() instanceof Node.Text;
        if (named && spoken != Dialect.OPENAI) {
            section.at(CAPABILITIES)
                    .refuse("the " + spoken.key() + " dialect has one set of capabilities", "leave the key out");
            return Optional.empty();
        }
        return section.find(CAPABILITIES);
    }

    private static List<String> openAiCapabilities() {
        List<String> others = Arrays.stream(Dialect.values())
                .filter(dialect -> dialect != Dialect.OPENAI)
                .map(Dialect::key)
                .toList();
        return Capabilities.names().stream()
                .filter(name -> !others.contains(name))
                .toList();
    }

    private Optional<URI> url(String name, Spot spot, Dialect dialect) {
        Optional<String> text = spot.text();
        if (text.isEmpty()) {
            return Optional.empty();
        }
        try {
            URI url = BackendUrl.normalise(text.get());
            String earlier = urls.putIfAbsent(url, name);
            if (earlier != null) {
                spot.refuse("the same URL as backend \"" + earlier + "\"", "raise its slots or weight instead");
            }
            if (dialect == Dialect.OLLAMA && url.getRawPath().matches(".*/(v1|api)")) {
                spot.refuse(
                        "the URL of an Ollama backend ends before /v1 or /api",
                        "or is \"dialect\": \"openai\" missing?");
            }
            return Optional.of(url);
        } catch (IllegalArgumentException e) {
            spot.refuse(
                    "not the URL of a backend: " + e.getMessage(),
                    "http or https, host, port and perhaps a path, nothing else; keys belong in apiKey");
            return Optional.empty();
        }
    }
}
