package io.essaim.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Starting, killing and restarting hosts, and connections that misbehave. */
final class LifecycleTest {
    @Test
    void killResetsEveryConnectionAndRestartServesOnTheSamePort() throws IOException {
        try (SimulatedHost host = Hosts.endless(4);
                Wire wire = new Wire(host.port())) {
            int port = host.port();
            wire.send("POST", "/api/chat", Hosts.chat("llama3.2", "Hi", true, 3));
            wire.head();

            host.kill();

            assertThatThrownBy(() -> {
                        wire.chunk();
                        wire.chunk();
                    })
                    .isInstanceOf(IOException.class);
            assertThatThrownBy(() -> new Wire(port).close()).isInstanceOf(ConnectException.class);
            assertThat(host.state().inFlight()).isZero();

            host.restart();

            assertThat(host.port()).isEqualTo(port);
            assertThat(Wire.get(host, "/api/ps").body()).isEqualTo("{\"models\":[]}");
        }
    }

    @Test
    void killDuringALoadLeavesNothingBehind() throws IOException {
        HostProfile profile = HostProfile.dev2().withSpeed(new HostProfile.Speed(30, 250, 1, 0));
        try (SimulatedHost host = Hosts.start(profile);
                Wire wire = new Wire(host.port())) {
            wire.send("POST", "/api/chat", Hosts.chat("llama3.2", "Hi", true, 3));
            await().until(() -> host.state().loads().started() == 1);
            host.restart();
            assertThat(host.state().waiting()).isZero();
            assertThat(host.state().loads().aborted()).isEqualTo(1);
        }
    }

    @Test
    void hostsCanShareAnEventLoopGroup() throws InterruptedException {
        MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        try (SimulatedHost one = SimulatedHost.start(HostProfile.dev2(), "127.0.0.1", 0, group);
                SimulatedHost two = SimulatedHost.start(HostProfile.pi(), "127.0.0.1", 0, group)) {
            assertThat(Wire.get(one, "/api/tags").body()).contains("llama3.2:latest");
            assertThat(Wire.get(two, "/api/tags").body()).doesNotContain("llama3.2:latest");
        } finally {
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS).await();
        }
    }

    @Test
    void nothingIsAnsweredWhileTheBodyIsMissing() throws IOException {
        try (SimulatedHost host = Hosts.quick();
                Wire wire = new Wire(host.port())) {
            wire.send("POST /api/show HTTP/1.1\r\nHost: localhost\r\nContent-Length: 500\r\n\r\n{\"model\":\"nope\""
                    .getBytes(StandardCharsets.US_ASCII));
            await().until(() -> host.state().connections() == 1);
            assertThat(host.state().requests("POST /api/show")).isZero();
        }
    }

    @Test
    void pipelinedRequestsAreAnsweredInOrder() throws IOException {
        try (SimulatedHost host = Hosts.quick();
                Wire wire = new Wire(host.port())) {
            String body = Hosts.chat("llama3.2", "Hi", true, 3);
            wire.send(("POST /api/chat HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + body.length() + "\r\n\r\n"
                            + body
                            + "GET /api/version HTTP/1.1\r\nHost: localhost\r\n\r\nHEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            assertThat(Hosts.last(wire.answer(false)).path("done").asBoolean()).isTrue();
            assertThat(wire.answer(false).body()).isEqualTo("{\"version\":\"0.15.2\"}");
            assertThat(wire.answer(true).head().first("content-length")).isEqualTo("17");
        }
    }

    @Test
    void profilesAreFoundByName() {
        assertThat(HostProfile.named("pi")).isEqualTo(HostProfile.pi());
        assertThatThrownBy(() -> HostProfile.named("dev3"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("unknown host profile 'dev3': use dev2, pi or cloud");
    }
}
