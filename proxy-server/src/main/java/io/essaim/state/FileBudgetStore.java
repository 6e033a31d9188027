package io.essaim.state;

import io.essaim.budget.BudgetStore;
import io.essaim.budget.Ledger;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The ledgers of one proxy: exact in memory, and in a file. A thread of its own writes all changes since its last
 * write at once, for all calls that wait ({@link #whenKept}). So the reservation of a cloud call is on the disk before
 * the call is sent, and calls that come together share one write.
 *
 * <p>It fails closed. While the file is not available (another process has it, or there is no room or no right) or the
 * disk does not take a write, {@link #unavailable} gives the reason and no cloud is asked. The thread tries again
 * every second, and clouds come back when it succeeds. The use of calls under way is counted in memory meanwhile and
 * written then.
 */
public final class FileBudgetStore implements BudgetStore, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(FileBudgetStore.class);
    private static final long RETRY_MILLIS = TimeUnit.SECONDS.toMillis(1);
    private static final String NOT_YET = "their budgets are not open yet";

    private final Path directory;
    private final ConcurrentMap<String, Ledger> ledgers = new ConcurrentHashMap<>();
    private final Thread writer = new Thread(this::run, "essaim-state");

    /** Guards what follows. */
    private final Object lock = new Object();

    private List<Consumer<@Nullable String>> waiting = new ArrayList<>();
    private boolean changed;
    private boolean writing;
    private boolean begun;
    private boolean closing;
    private volatile @Nullable String trouble = NOT_YET;

    /** Of the writer alone. */
    private @Nullable LedgerFile file;

    private FileBudgetStore(Path directory) {
        this.directory = directory;
        writer.setDaemon(true);
    }

    /** A store that opens its file when it is told to ({@link #begin}); until then it makes nothing on the disk and reserves nothing. */
    public static FileBudgetStore in(Path directory) {
        return new FileBudgetStore(directory);
    }

    /** The same, which has tried to open its file when this returns. Blocks. */
    public static FileBudgetStore open(Path directory) {
        FileBudgetStore store = in(directory);
        store.begin();
        return store;
    }

    /** Opens the file, or goes on trying to on a thread of its own. Blocks for the first attempt; a second call does nothing. */
    public void begin() {
        synchronized (lock) {
            if (begun || closing) {
                return;
            }
            begun = true;
            tryToOpen();
            writer.start();
        }
    }

    /**
     * The ledgers in a directory, by {@link io.essaim.budget.Budgets#key}, while a proxy uses it or not.
     *
     * @throws StateFault when they cannot be read
     */
    public static Map<String, Ledger> look(Path directory) throws StateFault {
        return LedgerFile.look(directory);
    }

    @Override
    public Ledger read(String agent) {
        return ledgers.getOrDefault(agent, Ledger.EMPTY);
    }

    @Override
    public void update(String agent, UnaryOperator<Ledger> change) {
        ledgers.compute(agent, (name, before) -> change.apply(before == null ? Ledger.EMPTY : before));
        synchronized (lock) { // Only now the writing thread can see it.
            changed = true;
            lock.notifyAll();
        }
    }

    @Override
    public @Nullable String unavailable() {
        return trouble;
    }

    @Override
    public void whenKept(Consumer<@Nullable String> then) {
        String why;
        synchronized (lock) {
            why = trouble;
            if (why == null && (changed || writing)) {
                waiting.add(then);
                changed = true; // What is being written now may have been copied before.
                lock.notifyAll();
                return;
            }
        }
        then.accept(why);
    }

    /** Waits until all that was changed before is on the disk, or for the given time. Not to be called on an event loop. */
    public boolean flush(long millis) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        synchronized (lock) {
            while (writing || changed) {
                long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
                if (left <= 0) {
                    return false;
                }
                lock.wait(left);
            }
            return true;
        }
    }

    /**
     * Writes what is left and lets the file go: another process may have it. From then on nothing can be reserved; calls under way are
     * counted in memory, while in the file their reservations stand, which count as spent for the next process that opens it. Blocks; not to be called on
     * an event loop. A second call does nothing.
     */
    @Override
    public void close() {
        synchronized (lock) {
            if (!begun) {
                begun = true;
                closing = true;
                trouble = "their budgets are closed";
                return;
            }
            closing = true;
            lock.notifyAll();
        }
        boolean interrupted = false;
        while (writer.isAlive()) {
            try {
                writer.join();
            } catch (InterruptedException e) {
                interrupted = true; // half a file is worse than a late end
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Under the lock. */
    private void tryToOpen() {
        try {
            LedgerFile opened = LedgerFile.open(directory);
            opened.found().forEach((agent, ledger) -> {
                Ledger alone = ledger.reservedIsSpent();
                if (!alone.equals(ledger)) {
                    LOG.warn(
                            "calls of clouds by agent {} were cut off by the last end: all they might use is spent",
                            agent);
                    changed = true;
                }
                ledgers.put(agent, alone);
            });
            file = opened;
            if (trouble != null && !NOT_YET.equals(trouble)) {
                LOG.info("budgets are kept in {}: clouds are asked again", directory);
            }
            trouble = null;
        } catch (StateFault | RuntimeException e) {
            trouble(String.valueOf(e.getMessage()));
        }
    }

    private void trouble(String why) {
        if (!why.equals(trouble)) {
            LOG.error("no cloud is asked until budgets can be kept: {}", why);
        }
        trouble = why;
    }

    private void run() {
        try {
            boolean more = true;
            while (more) {
                more = round();
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts this thread", e);
        } finally {
            synchronized (lock) {
                trouble = "another process keeps their budgets now, or this one ends";
                changed = false;
                lock.notifyAll();
            }
            if (file != null) {
                file.close();
            }
            waiting.forEach(then -> tell(then, trouble)); // Nobody is added any more.
        }
    }

    /** One write for all who wait. Whether there is to be another. */
    private boolean round() throws InterruptedException {
        List<Consumer<@Nullable String>> told;
        boolean last;
        synchronized (lock) {
            awaitWork();
            last = closing;
            if (file == null || !changed) {
                return !last;
            }
            told = waiting;
            waiting = new ArrayList<>();
            changed = false;
            writing = true;
        }
        String failure = write();
        written(failure);
        told.forEach(then -> tell(then, failure));
        if (failure != null && !last) {
            pause();
        }
        return !last;
    }

    /** Until there is something to write and a file to write it to, or the end has come. Under the lock. */
    private void awaitWork() throws InterruptedException {
        while (!closing && (file == null || !changed)) {
            if (file != null) {
                lock.wait();
            } else {
                lock.wait(RETRY_MILLIS);
                if (!closing) {
                    tryToOpen();
                }
            }
        }
    }

    private void written(@Nullable String failure) {
        synchronized (lock) {
            writing = false;
            if (failure != null) {
                changed = true;
                trouble(failure);
            } else if (trouble != null) {
                LOG.info("budgets are written to {} again: clouds are asked again", directory);
                trouble = null;
            }
            lock.notifyAll();
        }
    }

    /** Lets the disk recover, however much changes meanwhile. */
    private void pause() throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(RETRY_MILLIS);
        synchronized (lock) {
            long left = RETRY_MILLIS;
            while (left > 0 && !closing) {
                lock.wait(left);
                left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
            }
        }
    }

    /** Null when the disk has all, or why not. */
    private @Nullable String write() {
        try {
            java.util.Objects.requireNonNull(file).write(ledgers);
            return null;
        } catch (IOException | RuntimeException e) {
            return "budgets cannot be written to " + directory + ": " + e;
        }
    }

    /** A waiting call must not end the writing. */
    private static void tell(Consumer<@Nullable String> then, @Nullable String failure) {
        try {
            then.accept(failure);
        } catch (RuntimeException e) {
            LOG.error("a call of a cloud could not go on", e);
        }
    }
}
