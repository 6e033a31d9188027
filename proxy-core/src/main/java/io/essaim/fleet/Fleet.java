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

    private Fleet() {}

    /** Nothing was learned yet. */
    public Fleet(Rules rules, Ticker ticker) {
        this(rules, ticker, new Estimates(CostTerms.USUAL));
    }

    /** @param estimates what was learned so far, by name of the backend */
    public Fleet(Rules rules, Ticker ticker, Estimates estimates) {
        for (BackendRule rule : rules.backends().values()) {
            byName.put(rule.name(), new Backend(rule, ticker, estimates.backend(identity(rule))));
        }
    }

    /**
     * The fleet of other rules: a backend that both name at the same address is the same object, with all its live state, and goes by the
     * new rules from now on.
     */
    public Fleet changed(Rules rules, Ticker ticker, Estimates estimates) {
        Fleet next = new Fleet();
        for (BackendRule rule : rules.backends().values()) {
            Backend known = byName.get(rule.name());
            if (known != null && known.isMeantBy(rule)) {
                known.adopt(rule);
                next.byName.put(rule.name(), known);
            } else {
                next.byName.put(rule.name(), new Backend(rule, ticker, estimates.backend(identity(rule))));
            }
        }
        return next;
    }

    /** Under which name a backend is learned: another machine under the same name begins with nothing. */
    private static String identity(BackendRule rule) {
        return rule.name() + " " + rule.url();
    }

    /** Whether this very backend is one of them. */
    public boolean has(Backend backend) {
        return byName.get(backend.name()) == backend;
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
