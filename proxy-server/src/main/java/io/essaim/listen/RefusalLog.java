package io.essaim.listen;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Refusals, logged and counted. The first of a kind has a line at once; those that follow within a minute share one at
 * its end, so that nobody can fill the log. A line holds the client's address and a fixed word, nothing that the
 * client sent. Any thread.
 */
public final class RefusalLog {
    private static final Logger LOG = LoggerFactory.getLogger(RefusalLog.class);
    private static final long WINDOW = TimeUnit.MINUTES.toNanos(1);

    private final Map<String, Row> rows = new TreeMap<>();

    /** Refusals of one kind. */
    private static final class Row {
        final String hint;
        long inAll;
        long unsaid;
        String latest = "";
        long windowFrom;
        boolean open;

        Row(String hint) {
            this.hint = hint;
        }
    }

    /**
     * Somebody was refused.
     *
     * @param kind status and reason, such as {@code 401 no_key}; of a small set of our own
     * @param hint what the operator may do; empty for nothing
     * @param client whose address it was; null when it is not known
     * @param now nanoseconds of the ticker
     */
    public void refused(String kind, String hint, @Nullable InetAddress client, long now) {
        String address = client == null ? "an unknown address" : NetUtil.toAddressString(client);
        synchronized (rows) {
            Row row = rows.computeIfAbsent(kind, any -> new Row(hint));
            row.inAll++;
            row.latest = address;
            if (row.open) {
                row.unsaid++;
                return;
            }
            row.open = true;
            row.windowFrom = now;
        }
        LOG.warn("refused {}: {}{}", address, kind, hint.isEmpty() ? "" : ": " + hint);
    }

    /** Says how many there were in each minute that is over. To be called every few seconds. */
    public void sweep(long now) {
        for (String line : due(now)) {
            LOG.warn("{}", line);
        }
    }

    private List<String> due(long now) {
        List<String> lines = new ArrayList<>();
        synchronized (rows) {
            rows.forEach((kind, row) -> {
                if (row.open && now - row.windowFrom >= WINDOW) {
                    row.open = row.unsaid > 0; // Else the next one is told at once again.
                    if (row.open) {
                        row.windowFrom = now;
                        lines.add("refused " + row.unsaid + " more within a minute: " + kind
                                + (row.hint.isEmpty() ? "" : ": " + row.hint) + "; the latest was " + row.latest);
                        row.unsaid = 0;
                    }
                }
            });
        }
        return lines;
    }

    /** How many of each kind there were since the start. */
    public Map<String, Long> counts() {
        Map<String, Long> counts = new TreeMap<>();
        synchronized (rows) {
            rows.forEach((kind, row) -> counts.put(kind, row.inAll));
        }
        return counts;
    }
}
