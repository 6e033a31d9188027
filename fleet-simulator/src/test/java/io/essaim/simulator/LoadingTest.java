package io.essaim.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Loads, unloads, keep-alive and what {@code /api/ps} shows of them. */
final class LoadingTest {
    /** A load that does not end by itself. */
    private static HostProfile loadsForEver() {
        return HostProfile.dev2().withSpeed(new HostProfile.Speed(30, 250, 1, 0));
    }

    @Test
    void leavingDuringTheLoadThrowsItAway() throws IOException {
        try (SimulatedHost host = Hosts.start(loadsForEver());
                Wire leaver = new Wire(host.port())) {
            leaver.send("POST", "/api/chat", Hosts.chat("llama3.2", "Hi", true, 3));
            await().until(() -> host.state().loads().started() == 1);
            assertThat(ps(host)).as("0.15.2 lists a model that is loading").hasSize(1);

            leaver.close();

            await().until(() -> host.state().loads().aborted() == 1);
            assertThat(ps(host)).isEmpty();
            assertThat(host.state().inFlight()).isZero();
        }
    }

    @Test
    void oneLoadServesAllWhoWaitForIt() throws IOException {
        try (SimulatedHost host = Hosts.start(HostProfile.dev2().withTimeScale(20));
                Wire first = new Wire(host.port());
                Wire second = new Wire(host.port())) {
            first.send("POST", "/api/chat", Hosts.chat("llama3.2", "Say hello.", false, 2));
            second.send("POST", "/api/chat", Hosts.chat("llama3.2", "Say bye.", false, 2));
            assertThat(first.answer(false).status()).isEqualTo(200);
            assertThat(second.answer(false).status()).isEqualTo(200);
            assertThat(host.state().loads()).isEqualTo(new HostState.Loads(1, 0, 1));
        }
    }

    @Test
    void whoJoinedALoadThatIsThrownAwayLoadsAnew() throws IOException {
        try (SimulatedHost host = Hosts.start(loadsForEver());
                Wire leaver = new Wire(host.port());
                Wire stayer = new Wire(host.port())) {
            leaver.send("POST", "/api/chat", Hosts.chat("llama3.2", "Hi", true, 3));
            await().until(() -> host.state().waiting() == 1);
            stayer.send("POST", "/api/chat", Hosts.chat("llama3.2", "Hi", true, 3));
            await().until(() -> host.state().waiting() == 2);
            assertThat(host.state().loads().started()).isEqualTo(1);

            leaver.close();

            await().until(() -> host.state().loads().started() == 2);
        }
    }

    @Test
    void onlyRequestsThatNeedALoadFindTheQueueFull() throws IOException {
        HostProfile profile = HostProfile.dev2()
                .withSlots(1)
                .withRoom(1, 1)
                .withSpeed(new HostProfile.Speed(1 / 3600.0, 1e9, 1e15, 0));
        try (SimulatedHost host = Hosts.start(profile);
                Wire busy = new Wire(host.port());
                Wire queued = new Wire(host.port());
                Wire waiting = new Wire(host.port())) {
            busy.send("POST", "/api/chat", Hosts.chat("llama3.2", "Hi", true, 3));
            busy.head();
            queued.send("POST", "/api/chat", Hosts.chat("llama3.2:1b", "Hi", true, 3));
            await().until(() -> host.state().waiting() == 1);

            Wire.Answer refused = Wire.post(host, "/api/chat", Hosts.chat("qwen2.5-coder:1.5b", "Hi", true, 3));
            waiting.send("POST", "/api/chat", Hosts.chat("llama3.2", "Hi", true, 3));

            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.body())
                    .isEqualTo("{\"error\":\"server busy, please try again.  maximum pending requests exceeded\"}");
            await().until(() -> host.state().waiting() == 2);
        }
    }

    @Test
    void anotherContextLengthReloads() {
        try (SimulatedHost host = Hosts.quick()) {
            Wire.post(host, "/api/generate", "{\"model\":\"llama3.2\"}");
            Wire.post(host, "/api/generate", "{\"model\":\"llama3.2\",\"options\":{\"num_ctx\":2048}}");
            assertThat(host.state().loads().finished()).isEqualTo(2);
            assertThat(ps(host)).hasSize(1);
            assertThat(ps(host).get(0).path("context_length").asInt()).isEqualTo(2048);
        }
    }

    @Test
    void aKeepAliveOfZeroUnloads() {
        try (SimulatedHost host = Hosts.quick()) {
            Wire.post(host, "/api/generate", "{\"model\":\"llama3.2\"}");
            assertThat(ps(host)).hasSize(1);
            Wire.Answer answer = Wire.post(host, "/api/generate", "{\"model\":\"llama3.2\",\"keep_alive\":0}");
            assertThat(Hosts.json(answer.body()).path("done_reason").asString()).isEqualTo("unload");
            assertThat(ps(host)).isEmpty();
        }
    }

    @Test
    void aModelIsUnloadedWhenItsKeepAliveIsOver() {
        try (SimulatedHost host = Hosts.quick()) {
            Wire.post(host, "/api/generate", "{\"model\":\"llama3.2\",\"keep_alive\":\"2s\"}");
            await().until(() -> ps(host).isEmpty());
        }
    }

    @Test
    void aNegativeKeepAliveIsForEver() {
        try (SimulatedHost host = Hosts.quick()) {
            Wire.post(host, "/api/generate", "{\"model\":\"llama3.2\",\"keep_alive\":-1}");
            OffsetDateTime expires =
                    OffsetDateTime.parse(ps(host).get(0).path("expires_at").asString());
            assertThat(expires).isAfter(OffsetDateTime.now(ZoneOffset.UTC).plusYears(100));
        }
    }

    @Test
    void expiresAtIsWallClockTimeAtTheHostsPace() {
        try (SimulatedHost host = Hosts.start(HostProfile.dev2().withTimeScale(100))) {
            Wire.post(host, "/api/generate", "{\"model\":\"llama3.2\",\"keep_alive\":\"1h\"}");
            OffsetDateTime expires =
                    OffsetDateTime.parse(ps(host).get(0).path("expires_at").asString());
            assertThat(Duration.between(OffsetDateTime.now(ZoneOffset.UTC), expires))
                    .isLessThanOrEqualTo(Duration.ofSeconds(36));
        }
    }

    @Test
    void theIdleModelMakesRoom() {
        AtomicReference<String> loaded = new AtomicReference<>("");
        try (SimulatedHost host =
                Hosts.start(HostProfile.dev2().withTimeScale(500).withRoom(1, 8))) {
            Wire.post(host, "/api/generate", "{\"model\":\"llama3.2\"}");
            Wire.post(host, "/api/generate", "{\"model\":\"llama3.2:1b\"}");
            ps(host).forEach(model ->
                    loaded.updateAndGet(names -> names + model.path("name").asString()));
            assertThat(loaded.get()).isEqualTo("llama3.2:1b");
        }
    }

    private static JsonNode ps(SimulatedHost host) {
        return Hosts.json(Wire.get(host, "/api/ps").body()).path("models");
    }
}
