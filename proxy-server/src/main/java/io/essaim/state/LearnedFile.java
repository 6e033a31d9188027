package io.essaim.state;

import io.essaim.api.Ticker;
import io.essaim.fault.InternalFault;
import io.essaim.learn.EstimateSnapshot;
import io.essaim.learn.Estimates;
import io.essaim.learn.InvalidSnapshot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps what was learned of the backends over a restart: reads it once, and writes it every minute and at the end, on
 * a thread of its own. A fault of the file or its directory is logged and never keeps a proxy from starting or
 * running.
 */
public final class LearnedFile implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LearnedFile.class);
    private static final String NAME = "learned.json";
    private static final String LOCK = "learned.lock";
    private static final long PAUSE_SECONDS = 60;

    private final Path directory;
    private final Estimates estimates;
    private final Ticker ticker;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Thread writer = new Thread(this::run, "essaim-learned");

    /** Guarded by this. */
    private byte[] written = {};

    private boolean failing;
    private @Nullable DirectoryLock lock;

    private LearnedFile(Path directory, Estimates estimates, Ticker ticker) {
        this.directory = directory;
        this.estimates = estimates;
        this.ticker = ticker;
    }

    /**
     * Takes up what a file in the directory says, if there is one.
     *
     * @param directory need not exist
     * @param estimates of nothing that was learned yet
     * @param ticker the clock that the estimates are asked with
     */
    public static LearnedFile open(Path directory, Estimates estimates, Ticker ticker) {
        LearnedFile file = new LearnedFile(directory, estimates, ticker);
        file.read();
        return file;
    }

    /** Keeps the file up to date from now on; once. */
    public void start() {
        writer.setDaemon(true);
        writer.start();
    }

    private Path path() {
        return directory.resolve(NAME);
    }

    private void read() {
        try {
            EstimateSnapshot snapshot = EstimateSnapshot.read(Files.readAllBytes(path()));
            long age = System.currentTimeMillis()
                    - Files.getLastModifiedTime(path()).toMillis();
            estimates.restore(snapshot, Duration.ofMillis(Math.max(0, age)).toNanos(), ticker.nanos());
            LOG.info(
                    "{} tells what {} backends are like",
                    path(),
                    snapshot.backends().size());
        } catch (NoSuchFileException e) {
            LOG.debug("{} is not there yet", path());
        } catch (InvalidSnapshot | IOException e) {
            LOG.warn("{} cannot be used ({}): backends are measured anew", path(), e.toString());
        }
    }

    /** Writes what was learned until now. Blocks; not to be called on an event loop. */
    public synchronized void save() {
        write();
    }

    /** Writes for the last time. Blocks; not to be called on an event loop. */
    @Override
    public void close() {
        closing.countDown();
        boolean interrupted = false;
        while (writer.isAlive()) {
            try {
                writer.join();
            } catch (InterruptedException e) {
                interrupted = true; // The file is written in milliseconds.
            }
        }
        synchronized (this) {
            if (lock != null) {
                lock.close();
                lock = null;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try {
            boolean over = false;
            while (!over) {
                over = closing.await(PAUSE_SECONDS, TimeUnit.SECONDS);
                InternalFault.each("writing what was learned", this::write); // This thread is the only one that does.
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts this thread", e);
        }
    }

    private synchronized void write() {
        EstimateSnapshot snapshot = estimates.snapshot(ticker.nanos());
        byte[] bytes = snapshot.write();
        if (snapshot.backends().isEmpty() || Arrays.equals(bytes, written)) {
            return;
        }
        try {
            StateDirectory.make(directory);
            if (lock == null) {
                lock = DirectoryLock.take(directory.resolve(LOCK));
            }
            if (lock == null) {
                if (!failing) {
                    LOG.warn(
                            "what was learned of the backends is not kept over a restart: {} is in use by {}; give each essaim its own"
                                    + " \"state\" in the rules",
                            directory,
                            DirectoryLock.holder(directory.resolve(LOCK)));
                }
                failing = true;
                return;
            }
            SafeFile.write(path(), bytes);
            written = bytes;
            failing = false;
        } catch (IOException e) {
            if (!failing) {
                LOG.warn("what was learned of the backends is not kept over a restart: {}", e.toString());
            }
            failing = true;
        }
    }
}
