package io.essaim.config;

import static io.essaim.config.ValueType.flag;
import static io.essaim.config.ValueType.path;

import java.util.Map;

/**
 * Reads a rules file. Strict, because a rule that is misspelt and ignored sends private work where it must not go: every key must be
 * known, every value in range, every name defined, every route and tier of use. All faults are reported together.
 */
public final class RulesLoader {
    private static final RulesKey<String> SCHEMA = RulesKey.of(
                    "$schema", new ValueType<>("string", Map.of("type", "string"), Spot::text, text -> text))
            .means("Where the JSON Schema is, for an editor. Otherwise ignored.");
    private static final RulesKey<Boolean> MANAGE = RulesKey.of("manage", flag())
            .or(false)
            .means("Whether everybody may pull, copy, delete and create models. An agent's own `manage` goes before.");
    private static final RulesKey<Boolean> CANARIES = RulesKey.of("canaries", flag())
            .or(true)
            .means("Whether hosts without work may be asked small questions, to learn how fast they are.");
    private static final RulesKey<String> STATE =
            RulesKey.of("state", path()).otherwise("the platform's").means("Directory for what outlives the process.");

    /** The whole file. */
    static final RulesObject FILE = RulesObject.of(
            "rules",
            "Which backends there are, which models go where, and which agents may use a cloud.",
            SCHEMA,
            ListenReader.LISTEN,
            ListenReader.ADMIN,
            BackendReader.BACKENDS,
            RouteReader.ROUTES,
            AgentReader.AGENTS,
            AliasReader.ALIASES,
            AgentReader.HOUSE_KEYS,
            AgentReader.KEYS_FILE,
            MANAGE,
            CANARIES,
            BoundsReader.TIMEOUTS,
            BoundsReader.LIMITS,
            BoundsReader.QUEUE,
            BudgetReader.CURRENCY,
            STATE);

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
        return rules(new Spot("", root, problems).section(FILE), problems);
    }

    private static Rules rules(Section section, Problems problems) throws InvalidRules {
        section.find(SCHEMA);
        Listen listen = section.find(ListenReader.LISTEN).orElse(Listen.DEFAULTS);
        Admin admin = section.find(ListenReader.ADMIN)
                .map(spot -> ListenReader.admin(spot, listen))
                .orElse(null);
        BackendReader backends = new BackendReader();
        section.find(BackendReader.BACKENDS).ifPresent(backends::read);
        RouteReader routes = new RouteReader(backends, null);
        section.find(RouteReader.ROUTES).ifPresent(spot -> routes.read(spot, RouteReader.NEEDED));
        AgentReader agentReader = new AgentReader();
        KeyRule keys = agentReader.keys(section);
        Rules rules = new Rules(
                listen,
                admin,
                backends.rules(),
                routes.rules(),
                agentReader.read(section.find(AgentReader.AGENTS), backends, listen),
                AliasReader.read(section.find(AliasReader.ALIASES)),
                keys,
                section.get(MANAGE),
                section.get(CANARIES),
                section.find(BoundsReader.TIMEOUTS).orElse(Timeouts.DEFAULTS),
                section.find(BoundsReader.LIMITS).orElse(Limits.DEFAULTS),
                section.find(BoundsReader.QUEUE).orElse(QueueRule.DEFAULTS),
                section.get(BudgetReader.CURRENCY),
                section.find(STATE).orElse(null));
        problems.throwIfAny();
        return rules;
    }
}
