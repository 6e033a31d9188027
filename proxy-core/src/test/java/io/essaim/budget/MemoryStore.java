package io.essaim.budget;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Ledgers in memory, exchanged by compare and set, as a store does that several proxies share. */
final class MemoryStore implements BudgetStore {
    final AtomicInteger lostRaces = new AtomicInteger();
    private final ConcurrentMap<String, Ledger> ledgers = new ConcurrentHashMap<>();

    @Override
    public Ledger read(String agent) {
        return ledgers.getOrDefault(agent, Ledger.EMPTY);
    }

    @Override
    public void update(String agent, UnaryOperator<Ledger> change) {
        ledgers.putIfAbsent(agent, Ledger.EMPTY);
        while (true) {
            Ledger before = read(agent);
            if (ledgers.replace(agent, before, change.apply(before))) {
                return;
            }
            lostRaces.incrementAndGet();
        }
    }

    @Override
    public @Nullable String unavailable() {
        return null;
    }

    @Override
    public void whenKept(Consumer<@Nullable String> then) {
        then.accept(null);
    }
}
