package io.essaim.config;

import io.essaim.model.ModelName;
import java.util.Map;

/**
 * Reads a rules file. Strict, because a rule that is misspelt and ignored sends private work where it must not go: every key must be
 * known, every value in range, every name defined, every route and tier of use. All faults are reported together.
 */
public final class RulesLoader {
    private static final String[] KEYS = {
        "$schema",
        "listen",
        "admin",
        "backends",
        "routes",
        "agents",
        "aliases",
        "keys",
        "keysFile",
        "manage",
        "canaries",
        "timeouts",
        "limits",
        "queue",
        "currency",
        "state"
    };

    private RulesLoader() {}

    /**
     * The rules in a file.
     *
     * @param fileName used in messages only
     * @param json the file's content, UTF-8
     * @throws InvalidRules with every problem found, in the order of the file
     */
    public static Rules load(String fileName, byte[] json) throws InvalidRules {
        Problems problems = new Problems(fileName);
        Node root = NodeReader.read(json, problems);
        return rules(new Spot("", root, problems).section(KEYS), problems);
    }

    private static Rules rules(Section section, Problems problems) throws InvalidRules {
        section.text("$schema");
        Listen listen = ListenReader.listen(section.get("listen"));
        Admin admin = section.get("admin")
                .map(spot -> ListenReader.admin(spot, listen))
                .orElse(null);
        BackendReader backends = new BackendReader();
        section.require("backends", "name at least one").ifPresent(backends::read);
        RouteReader routes = new RouteReader(backends, null);
        section.require("routes", RouteReader.CATCH_ALL).ifPresent(spot -> routes.read(spot, RouteReader.NEEDED));
        AgentReader agentReader = new AgentReader();
        KeyRule keys = agentReader.keys(section);
        Map<String, AgentRule> agents = agentReader.read(section.get("agents"), backends, listen);
        Map<ModelName, ModelName> aliases = AliasReader.read(section.get("aliases"));
        Timeouts timeouts = BoundsReader.timeouts(section.get("timeouts"));
        Limits limits = BoundsReader.limits(section.get("limits"));
        QueueRule queue = BoundsReader.queue(section.get("queue"));
        boolean manage = section.get("manage").flatMap(Spot::flag).orElse(false);
        boolean canaries = section.get("canaries").flatMap(Spot::flag).orElse(true);
        String currency =
                section.get("currency").flatMap(BudgetReader::currency).orElse(Rules.DEFAULT_CURRENCY);
        String state = section.get("state").flatMap(SecretReader::path).orElse(null);
        problems.throwIfAny();
        return new Rules(
                listen,
                admin,
                backends.rules(),
                routes.rules(),
                agents,
                aliases,
                keys,
                manage,
                canaries,
                timeouts,
                limits,
                queue,
                currency,
                state);
    }
}
