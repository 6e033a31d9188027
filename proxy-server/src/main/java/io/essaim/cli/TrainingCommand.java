package io.essaim.cli;

import io.essaim.config.Rules;
import io.essaim.server.EssaimServer;
import java.net.URI;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/**
 * Runs what a start runs, once, and ends: the JVM then archives the classes it loaded (class-data sharing), and later
 * starts map the archive instead of parsing jars. Called by the launcher; not shown to users.
 */
@Command(name = "cds-training", hidden = true)
final class TrainingCommand implements Callable<Integer> {
    @Override
    public Integer call() throws Exception {
        Rules rules = Rules.forBackends(List.of(URI.create("http://127.0.0.1:9")), "127.0.0.1", 0);
        try (EssaimServer server = EssaimServer.start(rules, EssaimServer.Options.defaults())) {
            return new CommandLine(new Main()).execute("health", "--port", Integer.toString(server.port()));
        }
    }
}
