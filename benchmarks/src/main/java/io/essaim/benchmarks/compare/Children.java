package io.essaim.benchmarks.compare;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The processes started here. Each is ended, with its descendants, by its own id: one by one, or all when this is closed. */
final class Children implements AutoCloseable {

    private static final int PATIENCE_SECONDS = 5;

    private final Set<Process> running = new LinkedHashSet<>();
    private boolean closed;

    synchronized Process start(ProcessBuilder command) throws IOException {
        if (closed) {
            throw new IOException("shutting down");
        }
        Process child = command.start();
        running.add(child);
        return child;
    }

    /** Asks the process and its descendants to end, waits a while, then insists. */
    void end(Process child) {
        List<ProcessHandle> family = new ArrayList<>(child.descendants().toList());
        family.add(0, child.toHandle());
        family.get(0).destroy();
        awaitEnd(family.get(0));
        family.forEach(ProcessHandle::destroy);
        family.forEach(Children::awaitEnd);
        family.forEach(ProcessHandle::destroyForcibly);
        synchronized (this) {
            running.remove(child);
        }
    }

    synchronized boolean isClosed() {
        return closed;
    }

    @Override
    public void close() {
        List<Process> left;
        synchronized (this) {
            closed = true;
            left = List.copyOf(running);
        }
        left.forEach(this::end);
    }

    private static void awaitEnd(ProcessHandle process) {
        try {
            process.onExit().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException | ExecutionException e) {
            // It is ended by force next.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
