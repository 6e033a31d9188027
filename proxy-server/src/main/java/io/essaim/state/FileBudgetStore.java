package io.essaim.state;

import io.essaim.budget.BudgetStore;
import io.essaim.budget.Ledger;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ledgers of one proxy: exact in memory, and in a file as soon as the disk can. A thread of its own writes all that changed since it last
 * wrote in one commit, so nobody waits for the disk. When the disk fails, counting goes on in memory and writing is tried again.
 *
 * <p>A crash forgets only what changed in the time of one commit, milliseconds: of a call under way its reservation is in the file, and
 * counts as spent when the file is opened again.
 */
public final class FileBudgetStore implements BudgetStore, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(FileBudgetStore.class);
    private static final long RETRY = TimeUnit.SECONDS.toMillis(5);

    private final Path directory;
    private final ConcurrentMap<String, Ledger> ledgers;
    private final Thread writer = new Thread(this::run, "essaim-state");

    /** Guards what follows. */
    private final Object lock = new Object();

    private Map<String, Ledger> changed = new HashMap<>();
    private boolean writing;
    private boolean closing;

    /** Of the writer alone; null while the disk fails. */
    private @Nullable LedgerFile file;

    private FileBudgetStore(Path directory, LedgerFile file) {
        this.directory = directory;
        this.file = file;
        this.ledgers = new ConcurrentHashMap<>(file.found());
        ledgers.replaceAll((agent, ledger) -> {
            Ledger alone = ledger.reservedIsSpent();
            if (!alone.equals(ledger)) {
                LOG.warn(
                        "calls of clouds by agent {} were cut off by the last end: all they might use is spent", agent);
                changed.put(agent, alone);
            }
            return alone;
        });
    }

    /**
     * Opens the ledgers in a directory, which is made if it is not there. A damaged file is moved aside, with an error in the log.
     *
     * @throws StateFault when the directory cannot be used or another process uses it
     */
    public static FileBudgetStore open(Path directory) throws StateFault {
        FileBudgetStore store = new FileBudgetStore(directory, LedgerFile.open(directory));
        store.writer.setDaemon(true);
        store.writer.start();
        return store;
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
        ledgers.compute(agent, (name, before) -> {
            Ledger after = change.apply(before == null ? Ledger.EMPTY : before);
            if (!after.equals(before)) {
                synchronized (lock) { // within compute, so that the newest ledger is noted last
                    changed.put(name, after);
                    lock.notifyAll();
                }
            }
            return after;
        });
    }

    /** Waits until all that was changed before is on the disk, or for the given time. Not to be called on an event loop. */
    public boolean flush(long millis) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        synchronized (lock) {
            while (writing || !changed.isEmpty()) {
                long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
                if (left <= 0) {
                    return false;
                }
                lock.wait(left);
            }
            return true;
        }
    }

    /** Writes what is left and lets the file go. Blocks; not to be called on an event loop. */
    @Override
    public void close() {
        synchronized (lock) {
            closing = true;
            lock.notifyAll();
        }
        boolean interrupted = false;
        while (true) {
            try {
                writer.join();
                break;
            } catch (InterruptedException e) {
                interrupted = true; // half a file is worse than a late end
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try {
            writeUntilClosed();
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts this thread", e);
        }
        if (file != null) {
            file.close();
        }
    }

    private void writeUntilClosed() throws InterruptedException {
        boolean more = true;
        while (more) {
            Map<String, Ledger> batch;
            synchronized (lock) {
                while (changed.isEmpty() && !closing) {
                    lock.wait();
                }
                more = !closing;
                batch = changed;
                changed = new HashMap<>();
                writing = true;
            }
            boolean done = batch.isEmpty() || write(batch);
            synchronized (lock) {
                writing = false;
                if (!done) {
                    batch.forEach(changed::putIfAbsent);
                    pause();
                }
                lock.notifyAll();
            }
        }
    }

    /** Lets the disk recover, however much changes meanwhile. */
    private void pause() throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(RETRY);
        long left = RETRY;
        while (left > 0 && !closing) {
            lock.wait(left);
            left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
        }
    }

    private boolean write(Map<String, Ledger> batch) {
        boolean again = file == null;
        try {
            if (file == null) {
                file = LedgerFile.open(directory);
                file.write(ledgers); // it may be another file now
            }
            file.write(batch);
            if (again) {
                LOG.info("budgets are written to {} again", directory);
            }
            return true;
        } catch (StateFault | RuntimeException e) {
            if (!again) {
                Throwable cause = e.getCause() == null ? e : e.getCause();
                LOG.error(
                        "budgets cannot be written to {}, they are counted in memory only: {}",
                        directory,
                        cause.getMessage());
            }
            if (file != null) {
                file.close();
                file = null;
            }
            return false;
        }
    }
}
