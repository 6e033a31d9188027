package io.essaim.cli;

import io.essaim.simulator.Fault;
import io.essaim.simulator.HostProfile;
import io.essaim.simulator.SimulatedHost;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code essaim simulate}: one simulated host, to try rules against before they are trusted. */
@Command(
        name = "simulate",
        description =
                "Run one simulated Ollama (or cloud) that can be made to fail, to try rules before trusting them.",
        mixinStandardHelpOptions = true)
final class SimulateCommand implements Callable<Integer> {
    @Option(names = "--port", required = true, paramLabel = "P", description = "port to listen on; 0 for any")
    private int port;

    @Option(
            names = "--host",
            defaultValue = "127.0.0.1",
            paramLabel = "H",
            description = "address to listen on (default: ${DEFAULT-VALUE})")
    private String host = "127.0.0.1";

    @Option(
            names = "--host-profile",
            paramLabel = "NAME",
            defaultValue = "dev2",
            description = "dev2: 30 tok/s, 4 slots, loads in 6 s; pi: 5 tok/s, 1 slot, loads in 45 s; "
                    + "cloud: 80 tok/s, OpenAI dialect (default: ${DEFAULT-VALUE})")
    private String profile = "dev2";

    @Option(
            names = "--time-scale",
            paramLabel = "X",
            defaultValue = "1",
            description = "how many times faster than real (default: ${DEFAULT-VALUE})")
    private double timeScale = 1;

    @Option(names = "--api-key", paramLabel = "KEY", description = "the key that the cloud profile asks for")
    private @Nullable String apiKey;

    @Parameters(
            paramLabel = "FAULT",
            description =
                    "what goes wrong from the start, as KIND[:key=value,...], such as stall-mid-stream:after=3. "
                            + "While it runs: curl -X POST http://HOST:PORT/sim/fault -d '{\"kind\":\"error-500\",\"times\":1}'")
    private List<String> faults = new ArrayList<>();

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        Port.checked(port);
        HostProfile chosen;
        List<Fault> wanted = new ArrayList<>();
        try {
            if (!(timeScale > 0) || Double.isInfinite(timeScale)) {
                throw new Main.Complaint("--time-scale " + timeScale + ": it must be a number above 0");
            }
            chosen = HostProfile.named(profile).withTimeScale(timeScale);
            if (apiKey != null && chosen.dialect() != HostProfile.Dialect.OPENAI) {
                throw new Main.Complaint(
                        "--api-key: only a cloud asks for a key (use --host-profile cloud, not " + profile + ")");
            }
            for (String fault : faults) {
                wanted.add(Fault.parse(fault));
            }
        } catch (IllegalArgumentException e) {
            throw new Main.Complaint(String.valueOf(e.getMessage()));
        }
        try (SimulatedHost simulated = start(apiKey == null ? chosen : chosen.withApiKey(apiKey))) {
            simulated.faults().set(wanted.toArray(new Fault[0]));
            var out = java.util.Objects.requireNonNull(spec).commandLine().getOut();
            out.println("simulating " + profile + " at " + simulated.url() + ", " + timeScale + " times real speed");
            out.flush();
            new CountDownLatch(1).await();
        }
        return 0;
    }

    private SimulatedHost start(HostProfile chosen) throws Main.Complaint {
        try {
            return SimulatedHost.start(chosen, host, port);
        } catch (Exception e) { // Netty throws what the bind failed with, declared or not.
            throw new Main.Complaint("cannot listen on " + host + ":" + port + ": " + e.getMessage());
        }
    }
}
