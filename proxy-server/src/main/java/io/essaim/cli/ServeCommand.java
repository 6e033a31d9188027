package io.essaim.cli;

import io.essaim.config.Advice;
import io.essaim.config.Listen;
import io.essaim.config.Rules;
import io.essaim.server.CannotListen;
import io.essaim.server.EssaimServer;
import io.essaim.state.FileBudgetStore;
import io.essaim.state.StateDirectory;
import io.essaim.transport.TlsFault;
import io.essaim.transport.Transport;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code essaim serve}: runs the proxy until it is told to stop. */
@Command(
        name = "serve",
        description = "Run the proxy. Without rules and with --backend, every model goes to whichever backend has it.",
        mixinStandardHelpOptions = true)
final class ServeCommand implements Callable<Integer> {
    private static final Logger LOG = LoggerFactory.getLogger(ServeCommand.class);

    @Option(names = "--rules", paramLabel = "FILE", description = "the rules (default: routing-rules.json)")
    private @Nullable Path rules;

    @Option(names = "--backend", paramLabel = "URL", description = "an Ollama host; may be repeated; instead of rules")
    private List<String> backends = new ArrayList<>();

    @Option(names = "--host", paramLabel = "H", description = "address to listen on, over the rules' one")
    private @Nullable String host;

    @Option(names = "--port", paramLabel = "P", description = "port to listen on, over the rules' one; 0 for any")
    private @Nullable Integer port;

    @Option(
            names = "--transport",
            paramLabel = "NAME",
            description = "epoll, io_uring or nio (default: the best that works here)")
    private @Nullable String transport;

    @Option(names = "--loops", paramLabel = "N", description = "event loops (default: one per processor)")
    private @Nullable Integer loops;

    @Option(names = "--insecure", description = "serve although every address may connect and no key is needed")
    private boolean insecure;

    private byte @Nullable [] content;

    /** What was warned of already. */
    private final Set<String> warned = new HashSet<>();

    @Override
    public Integer call() throws Exception {
        Rules effective = overridden(load());
        Path state = StateDirectory.ofPlatform().choose(effective.state(), file());
        try (FileBudgetStore budgets = FileBudgetStore.in(state)) {
            return serve(effective, state, budgets);
        }
    }

    private int serve(Rules effective, Path state, FileBudgetStore budgets) throws Exception {
        Shutdown stopping = Shutdown.atSignals();
        RulesFollower follower = new RulesFollower(
                file(), content, text -> overridden(RulesFile.parse(file(), text)), held -> held(held, budgets));
        Signals.on("HUP", "ends this JVM", follower::readNow);
        EssaimServer server;
        try {
            server = EssaimServer.start(effective, options(state, budgets));
        } catch (CannotListen | TlsFault e) {
            throw new Main.Complaint(String.valueOf(e.getMessage()));
        }
        held(effective, budgets);
        server.whenTaken(() -> {
            budgets.close(); // Before the other one is told that it has the state.
            stopping.begin();
        });
        follower.follow(server);
        try {
            return stopping.untilToldTo(server, () -> server.rules().timeouts().drain());
        } finally {
            follower.stop();
        }
    }

    private Path file() {
        return rules == null ? RulesFile.DEFAULT : rules;
    }

    private Rules load() throws Main.Complaint {
        if (!backends.isEmpty()) {
            if (rules != null) {
                throw new Main.Complaint("--rules and --backend exclude each other");
            }
            List<URI> urls = new ArrayList<>();
            for (String backend : backends) {
                urls.add(url(backend));
            }
            try {
                return Rules.forBackends(urls, "127.0.0.1", 11434);
            } catch (IllegalArgumentException e) {
                throw new Main.Complaint("--backend: " + e.getMessage());
            }
        }
        if (rules == null && !Files.exists(RulesFile.DEFAULT)) {
            throw new Main.Complaint(
                    "there is no routing-rules.json here: name the rules with --rules FILE, or backends with --backend URL");
        }
        content = RulesFile.content(file());
        return RulesFile.parse(file(), content);
    }

    private static URI url(String text) throws Main.Complaint {
        try {
            return URI.create(text.contains("://") ? text : "http://" + text);
        } catch (IllegalArgumentException e) {
            throw new Main.Complaint("--backend " + text + ": that is not a URL (example: http://192.168.1.231:11434)");
        }
    }

    private Rules overridden(Rules loaded) throws Main.Complaint {
        Listen listen = loaded.listen();
        Rules effective = loaded.listeningAt(
                host == null ? listen.host() : host, port == null ? listen.port() : Port.checked(port));
        String open = Advice.open(effective);
        if (open != null && !insecure) {
            throw new Main.Complaint("not served: " + open + ". To serve all the same, say --insecure");
        }
        return effective;
    }

    /** These rules hold. Budgets are kept on the disk as soon as some agent has clouds; each warning is said once. */
    private void held(Rules effective, FileBudgetStore budgets) {
        if (effective.agents().keySet().stream()
                .anyMatch(agent -> !effective.cloudsOf(agent).isEmpty())) {
            budgets.begin();
        }
        Stream.concat(Advice.of(effective).stream(), KeyWarnings.of(effective, file()).stream())
                .filter(warned::add)
                .forEach(LOG::warn);
    }

    private EssaimServer.Options options(Path state, FileBudgetStore budgets) throws Main.Complaint {
        try {
            Transport chosen = transport == null ? Transport.best() : Transport.named(transport);
            int n = loops == null ? Runtime.getRuntime().availableProcessors() : loops;
            if (n < 1 || n > 1024) {
                throw new Main.Complaint("--loops " + n + ": event loops are 1 to 1024");
            }
            return new EssaimServer.Options(chosen, n, state, KeyWarnings.directory(file()), budgets);
        } catch (IllegalArgumentException e) {
            throw new Main.Complaint("--transport: " + e.getMessage());
        }
    }
}
