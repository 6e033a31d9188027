package io.essaim.budget;

import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the ledgers of all agents beyond the life of the process. An update is atomic, which makes budgets exact; a store that several
 * proxies share can compare and set. Thread-safe, and quick enough for an event loop: writing happens elsewhere.
 *
 * <p>What is reserved when a proxy dies counts as spent once the store knows that it is gone ({@link Ledger#reservedIsSpent}): a cloud
 * bills what it did, whether or not anybody was left to read it.
 */
public interface BudgetStore {
    /** The ledger of an agent, {@link Ledger#EMPTY} if it has none. */
    Ledger read(String agent);

    /**
     * Puts what {@code change} makes of an agent's ledger in its place.
     *
     * @param change without side effects but on itself: it may be called again when somebody else was quicker, and the last call counts
     */
    void update(String agent, UnaryOperator<Ledger> change);

    /** Why nothing can be reserved now, as a clause; null when it can. */
    @Nullable
    String unavailable();

    /**
     * Tells when all updates so far outlive the process.
     *
     * @param then gets null when they do, or why they do not, as a clause; called once, before this returns or later on any thread
     */
    void whenKept(Consumer<@Nullable String> then);
}
