package io.essaim.config;

import io.essaim.model.ModelName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads those keys of an agent that make its {@link Profile}. */
final class ProfileReader {
    private static final int MOST = 1_000_000_000;
    private static final int MOST_AT_ONCE = 65536;
    private static final List<String> LEVELS = List.of("low", "medium", "high");
    private static final Map<String, Duration> TIMES = new LinkedHashMap<>();

    static {
        TIMES.put("second", Duration.ofSeconds(1));
        TIMES.put("minute", Duration.ofMinutes(1));
        TIMES.put("hour", Duration.ofHours(1));
        TIMES.put("day", Duration.ofDays(1));
    }

    private ProfileReader() {}

    static Profile read(Section section, BackendReader backends) {
        List<ModelPattern> models =
                section.get("models").map(ProfileReader::models).orElse(List.of());
        Optional<ModelName> model = section.get("model").flatMap(spot -> model(spot, models));
        Zone zone = section.get("zone").flatMap(ProfileReader::zone).orElse(null);
        String think = section.get("think").flatMap(ProfileReader::think).orElse(null);
        String keepAlive =
                section.get("keepAlive").flatMap(ProfileReader::keepAlive).orElse(null);
        boolean rescue = section.get("rescue").flatMap(Spot::flag).orElse(false);
        boolean hedge = section.get("hedge").flatMap(Spot::flag).orElse(false);
        Pins pins = new Pins(think, keepAlive);
        List<RouteRule> routes = section.get("routes")
                .map(spot -> routes(spot, section, new RouteReader(backends, zone)))
                .orElse(List.of());
        return new Profile(models, model.orElse(null), routes, zone, pins, rate(section), gate(section), rescue, hedge);
    }

    private static List<RouteRule> routes(Spot spot, Section agent, RouteReader reader) {
        reader.read(spot, "leave the key out if the routes for everybody will do");
        if (agent.get("numCtx").isPresent() && reader.rules().stream().anyMatch(route -> route.numCtx() != null)) {
            spot.refuse("the agent's \"numCtx\" goes before that of its routes", "leave one of them out");
        }
        return reader.rules();
    }

    private static List<ModelPattern> models(Spot spot) {
        List<ModelPattern> patterns = new ArrayList<>();
        for (Spot item : spot.atLeastOne("leave the key out if the agent may use every model")) {
            RouteReader.pattern(item).ifPresent(pattern -> {
                if (patterns.contains(pattern)) {
                    item.refuse("listed twice", "remove one of them");
                }
                patterns.add(pattern);
            });
        }
        return patterns;
    }

    private static Optional<ModelName> model(Spot spot, List<ModelPattern> models) {
        Optional<String> text = spot.text();
        Optional<ModelName> name = text.flatMap(ModelName::parse);
        if (text.isPresent() && name.isEmpty()) {
            spot.refuse("not a model name", "like llama3.2:1b; the default is one model, not a pattern");
        }
        if (name.isPresent()
                && !models.isEmpty()
                && models.stream().noneMatch(pattern -> pattern.matches(name.get()))) {
            spot.refuse("not one of the agent's \"models\"", "list it there too");
        }
        return name;
    }

    /** A zone, of an agent or a backend. */
    static Optional<Zone> zone(Spot spot) {
        Optional<String> zone = spot.text();
        if (zone.isPresent() && !Zone.FORM.matcher(zone.get()).matches()) {
            spot.refuse(
                    "unknown zone \"" + zone.get() + "\"",
                    "host, lan, cloud, or cloud-xx like cloud-eu, in lower case");
        }
        return zone.map(Zone::new);
    }

    private static Optional<String> think(Spot spot) {
        if (spot.node() instanceof Node.Text text) {
            if (!LEVELS.contains(text.value())) {
                spot.refuse("unknown level \"" + text.value() + "\"", "true, false, \"low\", \"medium\" or \"high\"");
            }
            return Optional.of('"' + text.value() + '"');
        }
        return spot.flag().map(String::valueOf);
    }

    /** A time, or -1 for ever. Ollama reads a time as Go writes it, which all of ours are. */
    private static Optional<String> keepAlive(Spot spot) {
        if (spot.node() instanceof Node.Numeral number && number.value() == -1) {
            return Optional.of("-1");
        }
        Optional<String> text = spot.text();
        if (text.isPresent() && Quantity.duration(text.get()).isEmpty()) {
            spot.refuse("not a time", "a whole number and ms, s, m or h, like \"30m\", or -1 for ever");
        }
        return text.map(time -> '"' + time + '"');
    }

    private static RateRule rate(Section section) {
        int concurrency = section.integer("concurrency", 0, 1, MOST_AT_ONCE);
        Optional<Spot> spot = section.get("rate");
        if (spot.isEmpty()) {
            return new RateRule(0, 0, null, "", concurrency);
        }
        Section rate = spot.get().section("requests", "tokens", "per");
        if (spot.get().node() instanceof Node.Fields
                && rate.get("requests").isEmpty()
                && rate.get("tokens").isEmpty()) {
            spot.get()
                    .refuse("neither \"requests\" nor \"tokens\" is there", "how many in the time that \"per\" names");
        }
        int requests = rate.integer("requests", 0, 1, MOST);
        int tokens = rate.integer("tokens", 0, 1, MOST);
        String word = rate.require("per", "\"second\", \"minute\", \"hour\" or \"day\"")
                .flatMap(ProfileReader::time)
                .orElse("minute");
        @Nullable Duration per = TIMES.get(word);
        return new RateRule(requests, tokens, per, word, concurrency);
    }

    private static @Nullable Gate gate(Section section) {
        Optional<Spot> spot = section.get("gate");
        if (spot.isEmpty()) {
            return null;
        }
        if (section.get("cloud").isEmpty()) {
            spot.get()
                    .refuse(
                            "the agent has no cloud",
                            "a gate says when its \"cloud\" is asked although a host could answer");
        }
        Section gate = spot.get().section("ttft", "tpot", "readAhead");
        if (spot.get().node() instanceof Node.Fields
                && gate.get("ttft").isEmpty()
                && gate.get("tpot").isEmpty()) {
            spot.get()
                    .refuse("neither \"ttft\" nor \"tpot\" is there", "like { \"ttft\": \"8s\", \"tpot\": \"150ms\" }");
        }
        boolean readAhead = gate.get("readAhead").flatMap(Spot::flag).orElse(true);
        return new Gate(limit(gate.get("ttft")), limit(gate.get("tpot")), readAhead);
    }

    /** Seconds; infinite where nothing is said. */
    private static double limit(Optional<Spot> spot) {
        Optional<String> text = spot.flatMap(Spot::text);
        Optional<Duration> time = text.flatMap(Quantity::duration);
        if (text.isPresent() && (time.isEmpty() || time.get().isZero())) {
            spot.get().refuse("not a time above 0", "a whole number and ms, s, m or h, like \"8s\"");
        }
        return time.filter(limit -> !limit.isZero())
                .map(limit -> limit.toMillis() / 1e3)
                .orElse(Double.POSITIVE_INFINITY);
    }

    private static Optional<String> time(Spot spot) {
        Optional<String> word = spot.text();
        if (word.isPresent() && !TIMES.containsKey(word.get())) {
            spot.refuse("unknown time \"" + word.get() + "\"", Nearest.hint(word.get(), List.copyOf(TIMES.keySet())));
            return Optional.empty();
        }
        return word;
    }
}
