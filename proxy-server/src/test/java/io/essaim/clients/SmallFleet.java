package io.essaim.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.essaim.simulator.Capability;
import io.essaim.simulator.Fault;
import io.essaim.simulator.HostProfile;
import io.essaim.simulator.HostState;
import io.essaim.simulator.ModelSpec;
import io.essaim.simulator.SimulatedHost;
import io.essaim.testing.RawClient;
import io.essaim.testing.TestServer;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/**
 * A proxy in front of two simulated hosts: a quick one with {@code llama3.2} in memory, and one with the model
 * {@code endless}, whose answers begin and never end. Everybody may manage.
 */
final class SmallFleet implements AutoCloseable {
    private static final long GB = 1_000_000_000L;
    private static final String HOST = "127.0.0.1";

    private final SimulatedHost quick;
    private final SimulatedHost stuck;
    private final TestServer server;

    private SmallFleet(SimulatedHost quick, SimulatedHost stuck, TestServer server) {
        this.quick = quick;
        this.stuck = stuck;
        this.server = server;
    }

    static SmallFleet start(int loops) throws IOException {
        return start(loops, "");
    }

    /** {@code extra}: further members of the rules' top level, each with a comma before it. */
    static SmallFleet start(int loops, String extra) throws IOException {
        HostProfile profile = HostProfile.dev2().withTimeScale(100);
        // Loaded models stay: what /api/ps says must not depend on how long a test takes.
        profile = profile.withLimits(new HostProfile.Limits(4, 4, 512, Duration.ofSeconds(-1), 0, null));
        SimulatedHost quick = SimulatedHost.start(
                profile.withModels(
                        ModelSpec.text("llama3.2:latest", 2 * GB, "3.2B", Capability.TOOLS),
                        qwen3(),
                        ModelSpec.embedding("all-minilm:latest", GB / 20, "23M")),
                HOST,
                0);
        SimulatedHost stuck = SimulatedHost.start(
                profile.withModels(ModelSpec.text("endless:latest", GB, "1B", Capability.TOOLS)), HOST, 0);
        stuck.faults().set(Fault.of(Fault.Kind.STALL_MID_STREAM));
        assertThat(RawClient.post(quick.port(), "/api/generate", "{\"model\":\"llama3.2\"}")
                        .status())
                .isEqualTo(200);
        return new SmallFleet(quick, stuck, TestServer.start(loops, rules(quick, stuck, extra)));
    }

    private static ModelSpec qwen3() {
        return new ModelSpec(
                "qwen3:8b",
                5 * GB,
                "qwen3",
                "8.2B",
                "Q4_K_M",
                40_960,
                4096,
                List.of(Capability.COMPLETION, Capability.TOOLS, Capability.THINKING));
    }

    private static String rules(SimulatedHost quick, SimulatedHost stuck, String extra) {
        return """
               {"listen":{"port":0},"manage":true,
                "backends":{"quick":{"url":"%s","slots":4},"stuck":{"url":"%s","slots":4}},
                "routes":[{"models":["phi*"],"tiers":[["quick"],["stuck"]]},
                          {"models":["*"],"tiers":[["quick","stuck"]]}]%s}
               """.formatted(quick.url(), stuck.url(), extra);
    }

    int port() {
        return server.port();
    }

    /** The proxy's base URL with this prefix of the path, without a slash at its end. */
    String url(String prefix) {
        return "http://" + HOST + ":" + port() + prefix;
    }

    HostState quick() {
        return quick.state();
    }

    /** Waits until the host of the endless model has seen so many clients leave and works for nobody. */
    void awaitCancelled(int clients) {
        await("the host sees that its client has left")
                .atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> {
                    HostState state = stuck.state();
                    assertThat(state.generations().cancelled()).isEqualTo(clients);
                    assertThat(state.inFlight()).isZero();
                });
    }

    @Override
    public void close() {
        // Backwards: the proxy first, which asserts that nothing is in flight.
        try (SimulatedHost one = quick;
                SimulatedHost two = stuck;
                TestServer proxy = server) {
            // Only closed.
        }
    }
}
