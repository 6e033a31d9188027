package io.essaim.clients;

import io.essaim.simulator.Capability;
import io.essaim.simulator.HostProfile;
import io.essaim.simulator.ModelSpec;
import io.essaim.simulator.SimulatedHost;
import io.essaim.testing.TestServer;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/**
 * A proxy with one simulated host that can think and call tools. It is four backends: itself, through its own {@code /v1} a
 * cloud of the OpenAI dialect and one of Anthropic's, and behind a {@link GeminiFace} one of Gemini's, for the agents of those
 * names.
 */
final class CloudyFleet implements AutoCloseable {
    private static final String MODEL = "gpt-oss:20b";

    private final SimulatedHost host;
    private final GeminiFace gemini;
    private final TestServer server;

    private CloudyFleet(SimulatedHost host, GeminiFace gemini, TestServer server) {
        this.host = host;
        this.gemini = gemini;
        this.server = server;
    }

    static CloudyFleet start(int loops) throws IOException {
        HostProfile profile = HostProfile.dev2()
                .withTimeScale(100)
                .withLimits(new HostProfile.Limits(4, 4, 512, Duration.ofSeconds(-1), 0, null))
                .withModels(new ModelSpec(
                        MODEL,
                        5_000_000_000L,
                        "gptoss",
                        "20.9B",
                        "MXFP4",
                        40_960,
                        4096,
                        List.of(Capability.COMPLETION, Capability.TOOLS, Capability.THINKING)));
        SimulatedHost host = SimulatedHost.start(profile, "127.0.0.1", 0);
        GeminiFace gemini = GeminiFace.before(host.url(), MODEL);
        return new CloudyFleet(
                host, gemini, TestServer.start(loops, """
                {"listen":{"port":0},
                 "backends":{"host":{"url":"%1$s","slots":4},"nobody":{"url":"http://127.0.0.1:9"},
                   "openai":{"url":"%1$s/v1","dialect":"openai","capabilities":"openai"},
                   "anthropic":{"url":"http://localhost:%3$d","dialect":"anthropic"},
                   "gemini":{"url":"%4$s","dialect":"gemini"}},
                 "routes":[{"models":["%2$s"],"tiers":[["host"]]},{"models":["*"],"tiers":[["nobody"]]}],
                 "agents":{"host":{},"openai":{"cloud":[{"backend":"openai","model":"%2$s"}]},
                   "anthropic":{"cloud":[{"backend":"anthropic","model":"%2$s"}]},
                   "gemini":{"cloud":[{"backend":"gemini","model":"g"}]}}}
                """.formatted(host.url(), MODEL, host.port(), gemini.url())));
    }

    /** What a client has to ask for, so that this backend answers. */
    static String model(String backend) {
        return backend.equals("host") ? MODEL : "elsewhere";
    }

    String url(String backend) {
        return "http://127.0.0.1:" + server.port() + "/agents/" + backend;
    }

    @Override
    public void close() {
        server.close();
        gemini.close();
        host.close();
    }
}
