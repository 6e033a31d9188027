package io.essaim.config;

import static io.essaim.config.ValueType.integer;

/** Reads {@code numCtx}, of a route or an agent. */
final class ContextReader {
    private static final ValueType<Integer> TOKENS = integer(1, CloudEntry.MOST_CONTEXT);
    private static final RulesKey<Integer> PIN =
            RulesKey.of("pin", TOKENS).means("Hosts are always asked for this size, whatever the client writes.");
    private static final RulesKey<Integer> MAX = RulesKey.of("max", TOKENS)
            .means("Hosts are asked for no more than this. A request that names no size is left alone.");
    private static final RulesObject OBJECT = RulesObject.of(
                    "numCtx",
                    "The size of the context that hosts are asked for, in tokens. It works in Ollama's own API only.",
                    PIN,
                    MAX)
            .one("write {\"max\": 16384} or {\"pin\": 8192}");
    static final RulesKey<ContextRule> NUM_CTX = RulesKey.object(
                    OBJECT,
                    section -> new ContextRule(
                            section.find(PIN).orElse(null), section.find(MAX).orElse(null)))
            .otherwise("what the client asks for");

    private ContextReader() {}
}
