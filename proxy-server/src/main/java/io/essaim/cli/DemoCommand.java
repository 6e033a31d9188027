package io.essaim.cli;

import io.essaim.config.InvalidRules;
import io.essaim.config.Rules;
import io.essaim.config.RulesLoader;
import io.essaim.server.CannotListen;
import io.essaim.server.EssaimServer;
import io.essaim.simulator.HostProfile;
import io.essaim.simulator.SimulatedHost;
import io.essaim.transport.TlsFault;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code essaim demo}: a simulated fleet, the proxy in front of it, and a story of a fail-over. */
@Command(
        name = "demo",
        description = "Start a simulated fleet (dev2, pi, one cloud) with the proxy in front, and show a fail-over.",
        mixinStandardHelpOptions = true)
final class DemoCommand implements Callable<Integer> {
    private static final double FASTER = 8;
    private static final Duration DRAIN = Duration.ofSeconds(5);

    @Option(
            names = "--port",
            paramLabel = "P",
            defaultValue = "11434",
            description = "port of the proxy; 0 for any (default: ${DEFAULT-VALUE})")
    private int port;

    @Option(names = "--once", description = "end after the story instead of staying up")
    private boolean once;

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        Port.checked(port);
        LogSetup.quiet();
        PrintWriter out = java.util.Objects.requireNonNull(spec).commandLine().getOut();
        try (SimulatedHost dev2 = start(HostProfile.dev2());
                SimulatedHost pi = start(HostProfile.pi());
                SimulatedHost cloud = start(HostProfile.cloud());
                EssaimServer server = serve(rules(dev2, pi, cloud))) {
            new DemoStory(out, server, dev2, pi).tell();
            if (once) {
                return 0;
            }
            out.println("The fleet stays up until you press Ctrl-C.");
            out.flush();
            return Shutdown.atSignals().untilToldTo(server, () -> DRAIN);
        }
    }

    private static SimulatedHost start(HostProfile profile) {
        return SimulatedHost.start(profile.withTimeScale(FASTER), "127.0.0.1", 0);
    }

    private static EssaimServer serve(Rules rules) throws Main.Complaint {
        try {
            return EssaimServer.start(rules, EssaimServer.Options.defaults());
        } catch (CannotListen | TlsFault e) {
            throw new Main.Complaint(String.valueOf(e.getMessage()));
        }
    }

    private Rules rules(SimulatedHost dev2, SimulatedHost pi, SimulatedHost cloud) throws InvalidRules {
        String json = """
                {
                  "listen": { "host": "127.0.0.1", "port": %d },
                  "backends": {
                    "dev2":  { "url": "%s", "weight": 1.0, "slots": 4, "zone": "lan" },
                    "pi":    { "url": "%s", "weight": 0.3, "slots": 1, "zone": "lan" },
                    "cloud": { "url": "%s/v1", "dialect": "openai", "zone": "cloud" }
                  },
                  "routes": [
                    { "models": ["llama3.2", "llama3.2:*"],
                      "tiers": [["dev2"], [{ "backend": "pi", "model": "llama3.2:1b" }]] },
                    { "models": ["qwen2.5-coder:*"], "tiers": [["dev2"], ["pi"]] },
                    { "models": ["*"], "tiers": [["dev2", "pi"]] }
                  ],
                  "agents": { "main": {}, "rssi": { "cloud": [{ "backend": "cloud", "model": "gemini-2.5-flash" }] } }
                }
                """.formatted(port, dev2.url(), pi.url(), cloud.url());
        return RulesLoader.load("demo", json.getBytes(StandardCharsets.UTF_8));
    }
}
