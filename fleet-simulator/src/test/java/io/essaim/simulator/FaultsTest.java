package io.essaim.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each fault as a client sees it. */
final class FaultsTest {
    private static final String STREAM = Hosts.chat("llama3.2", "Say hello.", true, 10);
    private static final String WHOLE = Hosts.chat("llama3.2", "Say hello.", false, 10);
    private static final String V1 =
            "{\"model\":\"llama3.2\",\"stream\":true,\"max_tokens\":10,\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}";

    private SimulatedHost host;

    @BeforeEach
    void start() {
        host = Hosts.quick();
    }

    @AfterEach
    void stop() {
        host.close();
    }

    private void set(String fault) {
        host.faults().set(Fault.parse(fault));
    }

    @Test
    void refusesConnectionsUntilCleared() {
        set("refuse-connections");
        assertThatThrownBy(() -> new Wire(host.port()).close()).isInstanceOf(ConnectException.class);
        host.faults().clear();
        assertThat(Wire.get(host, "/api/version").status()).isEqualTo(200);
    }

    @Test
    void refusesConnectionsForAWhile() {
        set("refuse-connections:forMillis=50");
        await().ignoreExceptions().until(() -> Wire.get(host, "/api/version").status() == 200);
    }

    @Test
    void acceptsAndIsSilent() throws IOException {
        set("silence");
        try (Wire wire = new Wire(host.port())) {
            wire.send("POST", "/api/chat", STREAM);
            await().until(() -> host.state().faultsInjected() == 1);
            assertThat(host.state().generations().started()).isZero();
            assertThat(Wire.get(host, "/api/version").status()).isEqualTo(200);
        }
    }

    @Test
    void resetsBeforeTheHead() throws IOException {
        set("reset-before-head");
        try (Wire wire = new Wire(host.port())) {
            wire.send("POST", "/api/chat", STREAM);
            assertThatThrownBy(wire::head).isInstanceOf(SocketException.class);
        }
    }

    @Test
    void resetsAfterTheHead() throws IOException {
        set("reset-after-head");
        try (Wire wire = new Wire(host.port())) {
            wire.send("POST", "/api/chat", STREAM);
            assertThat(wire.head().status()).isEqualTo(200);
            assertThatThrownBy(wire::chunk).isInstanceOf(SocketException.class);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "error-500,500,model runner has unexpectedly stopped",
        "busy-503,503,server busy, please try again.  maximum pending requests exceeded",
        "rate-limit-429,429,rate limit"
    })
    void refuses(String fault, int status, String text) {
        set(fault);
        Wire.Answer answer = Wire.post(host, "/api/chat", STREAM);
        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.body()).contains(text).startsWith("{\"error\":\"");
        assertThat(answer.head().first("retry-after")).isEqualTo(status == 429 ? "5" : "");
    }

    @Test
    void slowsDown() {
        Wire.post(host, "/api/generate", "{\"model\":\"llama3.2\"}");
        set("slow:factor=4");
        long nanos = Hosts.json(Wire.post(host, "/api/chat", WHOLE).body())
                .path("eval_duration")
                .asLong();
        assertThat(nanos).isEqualTo(9 * 133_333_333L);
    }

    @Test
    void stallsAndHoldsTheSlotUntilTheClientLeaves() throws IOException {
        set("stall-mid-stream:after=2");
        try (Wire wire = new Wire(host.port())) {
            wire.send("POST", "/api/chat", STREAM);
            wire.head();
            wire.chunk();
            wire.chunk();
            assertThat(host.state().inFlight()).isEqualTo(1);
        }
        await().until(() -> host.state().inFlight() == 0);
        assertThat(host.state().generations().cancelled()).isEqualTo(1);
    }

    @Test
    void cutsWithAnErrorLine() {
        set("cut-with-error-line:after=2");
        Wire.Answer answer = Wire.post(host, "/api/chat", STREAM);
        assertThat(answer.chunks()).hasSize(3);
        assertThat(answer.chunks().get(2))
                .isEqualTo("{\"error\":\"an error was encountered while running the model: unexpected EOF\"}\n");
        Wire.Answer v1 = Wire.post(host, "/v1/chat/completions", V1);
        assertThat(v1.chunks().get(2)).contains("\"model\":\"\"").doesNotContain("[DONE]");
        assertThat(Wire.post(host, "/api/chat", WHOLE).status()).isEqualTo(500);
    }

    @Test
    void cutsWithAReset() throws IOException {
        set("cut-with-reset:after=2");
        try (Wire wire = new Wire(host.port())) {
            wire.send("POST", "/api/chat", STREAM);
            assertThatThrownBy(() -> wire.answer(false)).isInstanceOf(SocketException.class);
        }
    }

    @Test
    void cutsWithAClose() throws IOException {
        set("cut-with-close:after=2");
        try (Wire wire = new Wire(host.port())) {
            wire.send("POST", "/api/chat", STREAM);
            wire.head();
            wire.chunk();
            wire.chunk();
            assertThat(wire.read()).isEqualTo(-1);
        }
    }

    @Test
    void spoilsALine() {
        set("malformed-line:after=2");
        Wire.Answer answer = Wire.post(host, "/api/chat", STREAM);
        assertThat(answer.chunks()).hasSize(11);
        assertThatThrownBy(() -> Hosts.json(answer.chunks().get(2))).isInstanceOf(RuntimeException.class);
        assertThat(Hosts.last(answer).path("done").asBoolean()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"/api/chat,\"done\":true", "/v1/chat/completions,[DONE]", "/v1/messages,message_stop"})
    void endsWithoutATerminalFrame(String path, String terminal) {
        String body = path.startsWith("/api") ? STREAM : V1;
        assertThat(Wire.post(host, path, body).body()).contains(terminal);
        set("no-terminal-frame:after=3");
        Wire.Answer answer = Wire.post(host, path, body);
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body()).isNotEmpty().doesNotContain(terminal);
    }

    @Test
    void happensAsOftenAsAsked() {
        set("error-500:times=1");
        assertThat(Wire.post(host, "/api/chat", WHOLE).status()).isEqualTo(500);
        assertThat(Wire.post(host, "/api/chat", WHOLE).status()).isEqualTo(200);
    }

    @Test
    void happensToAShareOfTheRequests() {
        set("error-500:probability=0.5,seed=42");
        int hit = 0;
        for (int i = 0; i < 40; i++) {
            hit += Wire.post(host, "/api/chat", WHOLE).status() == 500 ? 1 : 0;
        }
        assertThat(hit).isBetween(8, 32);
    }

    @Test
    void leavesOtherRoutesAloneUnlessAsked() {
        set("error-500");
        assertThat(Wire.get(host, "/api/tags").status()).isEqualTo(200);
        set("error-500:routes=all");
        assertThat(Wire.get(host, "/api/tags").status()).isEqualTo(500);
        assertThat(Wire.get(host, "/sim/state").status()).isEqualTo(200);
    }

    @Test
    void isSwitchedByAdminCalls() {
        Wire.Answer set = Wire.post(host, "/sim/fault", "{\"kind\":\"error-500\",\"afterTokens\":3,\"times\":1}");
        assertThat(set.body()).contains("\"kind\":\"error-500\"").contains("\"times\":1");
        assertThat(host.faults().active()).hasSize(1);
        assertThat(Wire.call(host, "DELETE", "/sim/fault", "").status()).isEqualTo(200);
        assertThat(Wire.post(host, "/api/chat", WHOLE).status()).isEqualTo(200);
        assertThat(Hosts.json(Wire.get(host, "/sim/state").body())
                        .path("requests")
                        .path("POST /api/chat")
                        .asInt())
                .isEqualTo(1);
        Wire.Answer wrong = Wire.post(host, "/sim/fault", "{\"kind\":\"nonsense\"}");
        assertThat(wrong.status()).isEqualTo(400);
        assertThat(wrong.body()).contains("stall-mid-stream");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "nonsense|use one of refuse-connections",
                "slow:speed=3|unknown fault setting 'speed'",
                "slow:factor=x|not a number",
                "slow:factor|not key=value",
                "slow:factor=0.5|at least 1",
                "silence:routes=some|inference or all",
                "error-500:probability=2|at most 1"
            })
    void isParsedStrictly(String text, String complaint) {
        assertThatThrownBy(() -> Fault.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(complaint);
    }
}
