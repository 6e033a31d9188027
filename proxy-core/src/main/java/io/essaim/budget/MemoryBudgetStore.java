package io.essaim.budget;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Keeps ledgers as long as the process lives: for demonstrations, and for proxies without agents that may use clouds. Any thread. */
public final class MemoryBudgetStore implements BudgetStore {
    private final ConcurrentMap<String, Ledger> ledgers = new ConcurrentHashMap<>();

    @Override
    public Ledger read(String agent) {
        return ledgers.getOrDefault(agent, Ledger.EMPTY);
    }

    @Override
    public void update(String agent, UnaryOperator<Ledger> change) {
        ledgers.compute(agent, (name, before) -> change.apply(before == null ? Ledger.EMPTY : before));
    }

    @Override
    public @Nullable String unavailable() {
        return null;
    }

    /** At once: nothing here outlives the process, and nobody expects it. */
    @Override
    public void whenKept(Consumer<@Nullable String> then) {
        then.accept(null);
    }
}
