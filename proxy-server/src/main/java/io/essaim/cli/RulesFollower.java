package io.essaim.cli;

import io.essaim.config.Rules;
import io.essaim.server.CannotListen;
import io.essaim.server.EssaimServer;
import io.essaim.transport.TlsFault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has a server go by its rules file as that is now: a thread of its own reads the file again twice a second, and at once when it is told to.
 * It is the content that counts, not a time or a file's number: editors replace files, Ansible renames, Kubernetes swaps symbolic
 * links. A content that was found by looking must be the same at two looks, lest a file that is being written is taken for a broken
 * one. Rules that cannot be used change nothing, and the log and the admin page say why, once for each content.
 */
final class RulesFollower {
    private static final Logger LOG = LoggerFactory.getLogger(RulesFollower.class);
    private static final long PAUSE_MILLIS = 500;

    /** Makes rules of a content, with what the command line says on top. */
    interface Reader {
        Rules read(byte[] content) throws Main.Complaint;
    }

    private final Path file;
    private final Reader reader;
    private final Consumer<Rules> held;
    private final Semaphore told = new Semaphore(0);
    private volatile boolean closed;
    private final byte @Nullable [] started;
    private byte @Nullable [] tried;
    private byte @Nullable [] seen;

    /**
     * @param held gets the rules that took effect
     * @param used the content that the server is started with; null when it is started without a file: then there is nothing to follow
     */
    RulesFollower(Path file, byte @Nullable [] used, Reader reader, Consumer<Rules> held) {
        this.file = file;
        this.reader = reader;
        this.held = held;
        this.started = used;
        this.tried = used;
        this.seen = used;
    }

    /** Begins; once. */
    void follow(EssaimServer server) {
        Thread thread = new Thread(() -> run(server), "essaim-rules");
        thread.setDaemon(true);
        thread.start();
    }

    /** The file is to be read at once, whether it has changed or not: what it names may have. Any thread. */
    void readNow() {
        told.release();
    }

    private void run(EssaimServer server) {
        try {
            while (!closed) {
                boolean now = told.tryAcquire(PAUSE_MILLIS, TimeUnit.MILLISECONDS);
                told.drainPermits();
                if (!closed) {
                    look(now, server);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void look(boolean now, EssaimServer server) {
        if (started == null) {
            if (now) {
                LOG.info("there is no rules file to read again");
            }
            return;
        }
        try {
            byte[] content = content();
            boolean settled = Arrays.equals(content, seen);
            seen = content;
            if (now || settled && !Arrays.equals(content, tried)) {
                tried = content;
                take(content, server);
            }
        } catch (RuntimeException e) { // A fault of ours must not end the following.
            LOG.error("{}: could not be followed", file, e);
        }
    }

    /** Null when it cannot be read. */
    private byte @Nullable [] content() {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            return null;
        }
    }

    private void take(byte @Nullable [] content, EssaimServer server) {
        try {
            Rules rules = reader.read(content == null ? RulesFile.content(file) : content);
            server.change(rules);
            LOG.info("{}: these rules hold from now on", file);
            held.accept(rules);
        } catch (Main.Complaint | CannotListen | TlsFault e) {
            String why = String.valueOf(e.getMessage());
            LOG.error("the rules of before still hold, because:\n{}", why);
            server.refused(why);
        }
    }

    /** Follows no longer. */
    void stop() {
        closed = true;
        told.release();
    }
}
