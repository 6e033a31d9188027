package io.essaim.config;

import static io.essaim.config.ValueType.flag;
import static io.essaim.config.ValueType.integer;
import static io.essaim.config.ValueType.list;
import static io.essaim.config.ValueType.someTime;
import static io.essaim.config.ValueType.text;
import static io.essaim.config.ValueType.word;

import io.essaim.model.ModelName;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads those keys of an agent that make its {@link Profile}. */
final class ProfileReader {
    private static final ValueType<Integer> MANY = integer(1, 1_000_000_000);
    private static final List<String> LEVELS = List.of("low", "medium", "high");
    private static final Map<String, Duration> TIMES = Map.of(
            "second", Duration.ofSeconds(1),
            "minute", Duration.ofMinutes(1),
            "hour", Duration.ofHours(1),
            "day", Duration.ofDays(1));

    /** A zone, of an agent or a backend. */
    static final ValueType<Zone> ZONE_TYPE = text(
            "`\"host\"`, `\"lan\"`, `\"cloud\"`, or `\"cloud-xx\"` such as `\"cloud-eu\"`",
            "(host|lan|cloud(-[a-z0-9]+)*)",
            zone -> Zone.FORM.matcher(zone).matches() ? Optional.of(new Zone(zone)) : Optional.empty(),
            "unknown zone \"%s\"",
            "host, lan, cloud, or cloud-xx like cloud-eu, in lower case");

    static final RulesKey<List<ModelPattern>> MODELS = RulesKey.of(
                    "models",
                    list(
                            RouteReader.PATTERN,
                            "leave the key out if the agent may use every model",
                            "remove one of them"))
            .otherwise("all")
            .means(
                    "The models that there are for it. Others are not listed, and asking for one is 404 as if no host had it.");
    static final RulesKey<ModelName> MODEL = RulesKey.of(
                    "model", RouteReader.modelName("like llama3.2:1b; the default is one model, not a pattern"))
            .means("The model it gets when it names none, or `default`; one of its `models`.");
    static final RulesKey<Spot> ROUTES = RulesKey.of("routes", RouteReader.ROUTES.type())
            .means(
                    "Routes of its own, which are tried before those for everybody. Their tiers may hold no backend beyond the agent's `zone`.");
    static final RulesKey<Zone> ZONE = RulesKey.of("zone", ZONE_TYPE)
            .otherwise("wherever the routes lead")
            .means("How far its requests may go: to backends of this zone and of nearer ones. `host` is nearer than"
                    + " `lan`, and `lan` than every cloud; `cloud-eu` admits no other clouds, `cloud` all.");
    static final RulesKey<String> THINK = RulesKey.of(
                    "think",
                    new ValueType<>(
                            "`true`, `false`, `\"low\"`, `\"medium\"` or `\"high\"`",
                            Map.of("enum", List.of(true, false, "low", "medium", "high")),
                            ProfileReader::think,
                            value -> value))
            .otherwise("the client's")
            .means("What hosts are told of thinking, whatever the client writes.");
    static final RulesKey<String> KEEP_ALIVE = RulesKey.of(
                    "keepAlive",
                    new ValueType<>(
                            "time like `\"30m\"`, or `-1` for ever",
                            Map.of(
                                    "anyOf",
                                    List.of(Map.of("const", -1), someTime().schema())),
                            ProfileReader::keepAlive,
                            value -> value))
            .otherwise("the client's")
            .means("How long hosts are told to keep its models in memory, whatever the client writes.");
    static final RulesKey<Boolean> RESCUE = RulesKey.of("rescue", flag())
            .or(false)
            .means("Whether a streamed answer that breaks off is continued by another backend.");
    static final RulesKey<Boolean> HEDGE = RulesKey.of("hedge", flag())
            .or(false)
            .means(
                    "Whether a second local host may be asked beside one that is silent for much longer than predicted, in one of fifty requests.");
    static final RulesKey<Integer> CONCURRENCY = RulesKey.of("concurrency", integer(1, 65536))
            .otherwise("no limit")
            .means("How many of its requests may be under way at once.");

    private static final RulesKey<Integer> REQUESTS =
            RulesKey.of("requests", MANY).otherwise("no limit").means("How many requests.");
    private static final RulesKey<Integer> TOKENS = RulesKey.of("tokens", MANY)
            .otherwise("no limit")
            .means("How many tokens of prompts and answers together. They count when an answer is over; an agent that"
                    + " has used more waits until the rate has made up for that.");
    private static final RulesKey<String> PER = RulesKey.of(
                    "per", word("time", List.of("second", "minute", "hour", "day"), time -> time))
            .required("\"second\", \"minute\", \"hour\" or \"day\"")
            .means("In which time.");
    private static final RulesObject RATE_KEYS = RulesObject.of(
                    "rate",
                    "How many requests it may send, and how many tokens it may use, in which time. All of them may be used at once; then they come back evenly.",
                    REQUESTS,
                    TOKENS,
                    PER)
            .some(
                    "neither \"requests\" nor \"tokens\" is there",
                    "how many in the time that \"per\" names",
                    REQUESTS,
                    TOKENS);
    static final RulesKey<RateRule> RATE =
            RulesKey.object(RATE_KEYS, ProfileReader::rate).otherwise("no limit");

    private static final RulesKey<Duration> TTFT = RulesKey.of("ttft", someTime())
            .otherwise("any time")
            .means("The most that may be expected until the first token, the wait included.");
    private static final RulesKey<Duration> TPOT = RulesKey.of("tpot", someTime())
            .otherwise("any time")
            .means("The most that may be expected for each further token.");
    private static final RulesKey<Boolean> READ_AHEAD = RulesKey.of("readAhead", flag())
            .or(true)
            .means("Whether hosts without work may read what a cloud answers because it took them too long to read.");
    private static final RulesObject GATE_KEYS = RulesObject.of(
                    "gate",
                    "Also asks the agent's clouds when no host is expected to do as well as this.",
                    TTFT,
                    TPOT,
                    READ_AHEAD)
            .some(
                    "neither \"ttft\" nor \"tpot\" is there",
                    "like { \"ttft\": \"8s\", \"tpot\": \"150ms\" }",
                    TTFT,
                    TPOT);
    static final RulesKey<Gate> GATE =
            RulesKey.object(GATE_KEYS, ProfileReader::gate).otherwise("clouds are asked when no host can answer");

    private ProfileReader() {}

    static Profile read(Section section, BackendReader backends) {
        List<ModelPattern> models = section.find(MODELS).orElse(List.of());
        ModelName model = section.find(MODEL).orElse(null);
        if (model != null && !models.isEmpty() && models.stream().noneMatch(pattern -> pattern.matches(model))) {
            section.at(MODEL).refuse("not one of the agent's \"models\"", "list it there too");
        }
        Zone zone = section.find(ZONE).orElse(null);
        if (section.has(GATE) && !section.has(AgentReader.CLOUD)) {
            section.at(GATE)
                    .refuse(
                            "the agent has no cloud",
                            "a gate says when its \"cloud\" is asked although a host could answer");
        }
        int concurrency = section.find(CONCURRENCY).orElse(0);
        return new Profile(
                models,
                model,
                routes(section, new RouteReader(backends, zone)),
                zone,
                new Pins(
                        section.find(THINK).orElse(null),
                        section.find(KEEP_ALIVE).orElse(null)),
                section.find(RATE).orElse(RateRule.NONE).atOnce(concurrency),
                section.find(GATE).orElse(null),
                section.get(RESCUE),
                section.get(HEDGE));
    }

    private static List<RouteRule> routes(Section agent, RouteReader reader) {
        agent.find(ROUTES).ifPresent(spot -> {
            reader.read(spot, "leave the key out if the routes for everybody will do");
            if (agent.has(ContextReader.NUM_CTX) && reader.rules().stream().anyMatch(route -> route.numCtx() != null)) {
                spot.refuse("the agent's \"numCtx\" goes before that of its routes", "leave one of them out");
            }
        });
        return reader.rules();
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

    private static RateRule rate(Section rate) {
        String word = rate.find(PER).orElse("minute");
        return new RateRule(rate.find(REQUESTS).orElse(0), rate.find(TOKENS).orElse(0), TIMES.get(word), word, 0);
    }

    private static Gate gate(Section gate) {
        return new Gate(seconds(gate.find(TTFT)), seconds(gate.find(TPOT)), gate.get(READ_AHEAD));
    }

    /** Infinite where nothing is said. */
    private static double seconds(Optional<Duration> limit) {
        return limit.map(time -> time.toMillis() / 1e3).orElse(Double.POSITIVE_INFINITY);
    }
}
