package io.essaim.config;

import io.essaim.model.ModelName;
import java.net.URI;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Everything that a rules file says, checked and complete with defaults.
 *
 * @param listen where clients connect
 * @param admin where the admin pages are, null for nowhere
 * @param backends by name, in the order of the file; at least one
 * @param routes the first that matches decides; at least one
 * @param agents by name, in the order of the file
 * @param aliases other names for models: what a client may say, and what it gets
 * @param keys of which everybody must show one whose agent has none of its own
 * @param manage whether everybody may pull, copy, delete and create models, unless his agent says otherwise; default false
 * @param canaries whether hosts without work may be asked small questions, to learn how fast they are; default true
 * @param timeouts how long to wait
 * @param limits bounds for clients
 * @param queue how requests wait for a free slot
 * @param currency of all prices and costs, three capital letters; default USD
 * @param state directory for what outlives the process, absolute or relative to the directory of the rules file; null for the
 *     platform's
 */
public record Rules(
        Listen listen,
        @Nullable Admin admin,
        Map<String, BackendRule> backends,
        List<RouteRule> routes,
        Map<String, AgentRule> agents,
        Map<ModelName, ModelName> aliases,
        KeyRule keys,
        boolean manage,
        boolean canaries,
        Timeouts timeouts,
        Limits limits,
        QueueRule queue,
        String currency,
        @Nullable String state) {
    /** The currency where the rules name none. */
    public static final String DEFAULT_CURRENCY = "USD";

    public Rules {
        backends = Collections.unmodifiableMap(new LinkedHashMap<>(backends));
        routes = List.copyOf(routes);
        agents = Collections.unmodifiableMap(new LinkedHashMap<>(agents));
        aliases = Collections.unmodifiableMap(new LinkedHashMap<>(aliases));
    }

    /** What holds for an agent; for one that the rules do not name, what they say for {@link AgentRule#DEFAULT}. */
    public AgentRule agent(String name) {
        return named(name).or(() -> named(AgentRule.DEFAULT)).orElse(AgentRule.UNKNOWN);
    }

    /** The routes for everybody, then those of agents, in the order of the file. */
    public List<RouteRule> everyRoute() {
        List<RouteRule> every = new ArrayList<>(routes);
        agents.values().forEach(agent -> every.addAll(agent.profile().routes()));
        return every;
    }

    private Optional<AgentRule> named(String name) {
        return agents.values().stream()
                .filter(rule -> rule.name().equalsIgnoreCase(name))
                .findFirst();
    }

    /** Whether the rules name this agent. Names of agents compare in any case. */
    public boolean knowsAgent(String name) {
        return named(name).isPresent();
    }

    /**
     * The clouds that may be asked for an agent, in their order; empty if its requests must stay local. Strangers share the rule
     * of {@link AgentRule#DEFAULT}, and nobody is to send prompts away in the name of a rule that everybody falls under: neither
     * they nor it have clouds, whatever it says.
     */
    public List<CloudEntry> cloudsOf(String agent) {
        return agent.equalsIgnoreCase(AgentRule.DEFAULT)
                ? List.of()
                : named(agent).map(AgentRule::cloud).orElse(List.of());
    }

    /** Whether an agent must show a key: one of its own if it has any, else one of the house. */
    public boolean needsKey(AgentRule agent) {
        return agent.needsKey() || keys.needed();
    }

    /** Whether nobody may use or change models without a key, whoever he says he is. */
    public boolean everybodyNeedsKey() {
        return needsKey(agent(AgentRule.DEFAULT)) && agents.values().stream().allMatch(this::needsKey);
    }

    /** Whether an agent may pull, copy, delete and create models. */
    public boolean mayManage(String agent) {
        Boolean own = agent(agent).manage();
        return own == null ? manage : own;
    }

    /**
     * Whether there is a model for an agent. An alias among its models allows the model that the alias means.
     *
     * @param model the model that is meant, no alias
     */
    public boolean mayUse(AgentRule agent, ModelName model) {
        List<ModelPattern> patterns = agent.profile().models();
        return patterns.isEmpty()
                || patterns.stream()
                        .anyMatch(pattern -> pattern.matches(model)
                                || aliases.entrySet().stream()
                                        .anyMatch(alias ->
                                                alias.getValue().equals(model) && pattern.matches(alias.getKey())));
    }

    /** The same rules with clients connecting elsewhere. */
    public Rules listeningAt(String host, int port) {
        Listen moved = listen.at(host, port);
        return new Rules(
                moved, admin, backends, routes, agents, aliases, keys, manage, canaries, timeouts, limits, queue,
                currency, state);
    }

    /**
     * Rules for a start without a file: every model on every backend, in one tier, Ollama's dialect, slots to be learned. Backends are named
     * after their host; the port, then a number is added where that is not unique.
     *
     * @throws IllegalArgumentException if there is no URL, or one is not usable or given twice
     */
    public static Rules forBackends(List<URI> urls, String host, int port) {
        if (urls.isEmpty()) {
            throw new IllegalArgumentException("no backend given");
        }
        Map<String, BackendRule> backends = new LinkedHashMap<>();
        List<TierEntry> tier = new ArrayList<>();
        for (URI given : urls) {
            URI url = BackendUrl.normalise(given.toString());
            if (backends.values().stream().anyMatch(known -> known.url().equals(url))) {
                throw new IllegalArgumentException("backend given twice: " + url);
            }
            String name = freeName(url, backends);
            backends.put(name, BackendRule.ofHost(name, url));
            tier.add(new TierEntry(name, null, false));
        }
        ModelPattern all = ModelPattern.parse("*").orElseThrow();
        RouteRule route = new RouteRule(List.of(all), List.of(tier), null);
        Listen listen = Listen.usual(host, port);
        return new Rules(
                listen,
                null,
                backends,
                List.of(route),
                Map.of(),
                Map.of(),
                KeyRule.NONE,
                false,
                true,
                Timeouts.DEFAULTS,
                Limits.DEFAULTS,
                QueueRule.DEFAULTS,
                DEFAULT_CURRENCY,
                null);
    }

    private static String freeName(URI url, Map<String, BackendRule> taken) {
        String host = BackendUrl.host(url).replace(':', '-').replaceFirst("^-+", "v6-");
        String base = host.substring(0, Math.min(host.length(), 48)); // leaves room for a port and a number
        String name = base;
        if (taken.containsKey(name) && url.getPort() >= 0) {
            name = base + '-' + url.getPort();
        }
        for (int i = 2; taken.containsKey(name); i++) {
            name = base + '-' + i;
        }
        return name;
    }
}
