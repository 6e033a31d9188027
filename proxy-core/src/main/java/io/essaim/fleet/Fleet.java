package io.essaim.fleet;

import io.essaim.api.Ticker;
import io.essaim.config.BackendRule;
import io.essaim.config.Dialect;
import io.essaim.config.Rules;
import io.essaim.learn.CostTerms;
import io.essaim.learn.Estimates;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** All backends of the rules, in the order of the rules. Immutable; the backends in it live. */
public final class Fleet {
    private final Map<String, Backend> byName = new LinkedHashMap<>();

    /** Nothing was learned yet. */
    public Fleet(Rules rules, Ticker ticker) {
        this(rules, ticker, new Estimates(CostTerms.USUAL));
    }

    /** @param estimates what was learned so far, by name of the backend */
    public Fleet(Rules rules, Ticker ticker, Estimates estimates) {
        for (BackendRule rule : rules.backends().values()) {
            byName.put(rule.name(), new Backend(rule, ticker, estimates.backend(rule.name())));
        }
    }

    /** @throws IllegalArgumentException when the rules have no backend of that name */
    public Backend get(String name) {
        Backend backend = byName.get(name);
        if (backend == null) {
            throw new IllegalArgumentException("no backend named " + name);
        }
        return backend;
    }

    public List<Backend> all() {
        return new ArrayList<>(byName.values());
    }

    /** The backends that speak Ollama's own API: those that are probed and whose models are listed. */
    public List<Backend> ollamas() {
        return byName.values().stream()
                .filter(b -> b.rule().dialect() == Dialect.OLLAMA)
                .toList();
    }
}
