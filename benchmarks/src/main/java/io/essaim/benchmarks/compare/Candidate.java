package io.essaim.benchmarks.compare;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Something the token stream can go through.
 *
 * @param name as in reports
 * @param version as it tells itself
 * @param launch how to start it; null for the way without any proxy
 */
record Candidate(String name, String version, @Nullable Launch launch) {

    static final Candidate DIRECT = new Candidate("direct", "no proxy", null);

    /** Writes the configuration into an own directory and tells the command; the process must stay in the foreground. */
    interface Launch {
        List<String> command(Ports ports, Path directory) throws IOException;
    }

    /**
     * Both on the loopback address.
     *
     * @param own where the candidate listens
     * @param backend where it sends everything
     */
    record Ports(int own, int backend) {}
}
