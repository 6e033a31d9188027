package io.essaim.config;

import io.essaim.config.Node.Fields;
import io.essaim.config.Node.Member;
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

    private static final String[] KEYS = {
        "url", "dialect", "weight", "slots", "slotsInAll", "speed", "zone", "apiKey", "tls", "capabilities", "prices"
    };
    private static final double MAX_WEIGHT = 1000;

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
            backend(member.key(), Names.named(spot, member));
        }
    }

    private void backend(String name, Spot spot) {
        Section section = spot.section(KEYS);
        Optional<Dialect> dialect = dialect(section);
        dialects.put(name, dialect);
        Dialect spoken = dialect.orElse(Dialect.OLLAMA);
        Optional<URI> said =
                section.require("url", "like \"http://192.168.1.20:11434\"").flatMap(value -> url(name, value, spoken));
        URI url = said.orElse(UNKNOWN);
        double weight = section.get("weight").map(BackendReader::weight).orElse(1.0);
        SlotsRule slots = SlotsRule.read(section);
        SpeedRule speed = section.get("speed").map(SpeedReader::read).orElse(SpeedRule.NONE);
        String zone =
                section.get("zone").flatMap(ProfileReader::zone).map(Zone::name).orElseGet(() -> BackendUrl.zone(url));
        SecretSource apiKey = section.get("apiKey")
                .flatMap(key -> SecretReader.read(key, url))
                .orElse(null);
        TlsRule tls = section.get("tls")
                .map(value -> TlsReader.read(value, said.orElse(null)))
                .orElse(null);
        String capabilities = section.get("capabilities")
                .flatMap(value -> capabilities(value, spoken))
                .orElseGet(() -> spoken.capabilities(url));
        List<PriceRule> prices = section.get("prices")
                .map(value -> PriceReader.read(value, dialect))
                .orElse(List.of());
        rules.put(
                name,
                new BackendRule(name, url, spoken, weight, slots, speed, zone, apiKey, tls, capabilities, prices));
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

    /** Ollama's if none is named, empty if what is named does not exist. */
    private static Optional<Dialect> dialect(Section section) {
        Optional<Spot> spot = section.get("dialect");
        if (spot.isEmpty()) {
            return Optional.of(Dialect.OLLAMA);
        }
        Optional<String> text = spot.get().text();
        Optional<Dialect> dialect = text.flatMap(word -> Arrays.stream(Dialect.values())
                .filter(d -> d.key().equals(word))
                .findFirst());
        if (text.isPresent() && dialect.isEmpty()) {
            List<String> known =
                    Arrays.stream(Dialect.values()).map(Dialect::key).toList();
            spot.get().refuse("unknown dialect \"" + text.get() + "\"", Nearest.hint(text.get(), known));
        }
        return dialect;
    }

    /** The name of a known set; it must be the dialect's, since it says how that is spelled too. */
    private static Optional<String> capabilities(Spot spot, Dialect spoken) {
        Optional<String> name = spot.text();
        if (name.isEmpty()) {
            return name;
        }
        if (spoken != Dialect.OPENAI) {
            spot.refuse("the " + spoken.key() + " dialect has one set of capabilities", "leave the key out");
            return Optional.empty();
        }
        List<String> known = Capabilities.names().stream()
                .filter(one -> Arrays.stream(Dialect.values())
                        .noneMatch(
                                other -> other != Dialect.OPENAI && other.key().equals(one)))
                .toList();
        if (!known.contains(name.get())) {
            spot.refuse("unknown capabilities \"" + name.get() + "\"", Nearest.hint(name.get(), known));
            return Optional.empty();
        }
        return name;
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

    private static double weight(Spot spot) {
        Optional<Double> weight = spot.number();
        if (weight.isPresent() && !(weight.get() > 0 && weight.get() <= MAX_WEIGHT)) {
            spot.refuse("not above 0 and up to 1000", "leave a backend out of the tiers to send it nothing");
        }
        return weight.orElse(1.0);
    }
}
