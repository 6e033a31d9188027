package io.essaim.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Slots, the queue behind them, the prompt cache, and what the counters of the final line say about them. */
final class SlotsTest {
    @Test
    void aFinalLineReckonsInSimulatedTime() {
        try (SimulatedHost host = Hosts.quick()) {
            JsonNode cold = Hosts.last(Wire.post(host, "/api/chat", Hosts.chat("llama3.2", "Say hello.", true, 10)));

            assertThat(cold.path("eval_count").asInt()).isEqualTo(10);
            assertThat(cold.path("eval_duration").asLong()).isEqualTo(9 * 33_333_333L);
            assertThat(cold.path("load_duration").asLong()).isEqualTo(6_030_000_000L);
            int prompt = cold.path("prompt_eval_count").asInt();
            assertThat(cold.path("prompt_eval_duration").asLong()).isEqualTo(prompt * 4_000_000L);
            assertThat(cold.path("total_duration").asLong())
                    .isEqualTo(cold.path("load_duration").asLong()
                            + cold.path("prompt_eval_duration").asLong()
                            + cold.path("eval_duration").asLong());
        }
    }

    @Test
    void theTimeScaleDoesNotShowInTheCounters() {
        long[] totals = new long[2];
        for (int i = 0; i < 2; i++) {
            try (SimulatedHost host = Hosts.start(HostProfile.dev2().withTimeScale(i == 0 ? 200 : 2000))) {
                JsonNode line = Hosts.json(Wire.post(host, "/api/chat", Hosts.chat("llama3.2:1b", "Hi", false, 5))
                        .body());
                totals[i] = line.path("total_duration").asLong();
            }
        }
        assertThat(totals[0]).isEqualTo(totals[1]);
    }

    @Test
    void aRequestBeyondTheSlotsWaitsAndIsServedFirstInFirstOut() throws IOException {
        HostProfile profile = HostProfile.dev2().withSlots(1).withSpeed(new HostProfile.Speed(30, 1e6, 1e15, 0));
        try (SimulatedHost host = Hosts.start(profile);
                Wire first = new Wire(host.port());
                Wire second = new Wire(host.port());
                Wire third = new Wire(host.port())) {
            Wire.post(host, "/api/generate", "{\"model\":\"llama3.2\"}");
            first.send("POST", "/api/chat", Hosts.chat("llama3.2", "One", true, 9000));
            await().until(() -> host.state().generations().started() == 1);
            second.send("POST", "/api/chat", Hosts.chat("llama3.2", "Two", false, 2));
            await().until(() -> host.state().waiting() == 1);
            third.send("POST", "/api/chat", Hosts.chat("llama3.2", "Three", false, 2));
            await().until(() -> host.state().waiting() == 2);
            assertThat(host.state().inFlight()).isEqualTo(3);

            first.close();

            JsonNode two = Hosts.json(second.answer(false).body());
            JsonNode three = Hosts.json(third.answer(false).body());
            assertThat(hiddenWait(two)).isPositive();
            assertThat(created(three)).isAfter(created(two));
            assertThat(host.state().generations().cancelled()).isEqualTo(1);
            assertThat(host.state().generations().finished()).isEqualTo(2);
        }
    }

    private static Instant created(JsonNode line) {
        return Instant.parse(line.path("created_at").asString());
    }

    private static long hiddenWait(JsonNode line) {
        return line.path("total_duration").asLong()
                - line.path("load_duration").asLong()
                - line.path("prompt_eval_duration").asLong()
                - line.path("eval_duration").asLong();
    }

    @Test
    void leavingInMidStreamFreesTheSlotAtOnce() throws IOException {
        try (SimulatedHost host = Hosts.endless(1);
                Wire leaver = new Wire(host.port());
                Wire next = new Wire(host.port())) {
            leaver.send("POST", "/api/chat", Hosts.chat("llama3.2", "Tell a story.", true, 10));
            leaver.head();
            next.send("POST", "/api/chat", Hosts.chat("llama3.2", "Say hello.", true, 10));
            await().until(() -> host.state().waiting() == 1);

            leaver.reset();

            assertThat(next.head().status()).isEqualTo(200);
            assertThat(host.state().generations().cancelled()).isEqualTo(1);
        }
    }

    @Test
    void aClientThatLeavesTheQueueIsForgotten() throws IOException {
        try (SimulatedHost host = Hosts.endless(1);
                Wire first = new Wire(host.port());
                Wire second = new Wire(host.port())) {
            first.send("POST", "/api/chat", Hosts.chat("llama3.2", "One", true, 10));
            first.head();
            second.send("POST", "/api/chat", Hosts.chat("llama3.2", "Two", true, 10));
            await().until(() -> host.state().waiting() == 1);

            second.close();

            await().until(() -> host.state().waiting() == 0 && host.state().inFlight() == 1);
            assertThat(host.state().generations().cancelled()).isZero();
        }
    }

    @Test
    void aFollowUpTurnReadsOnlyWhatIsNew() {
        try (SimulatedHost host = Hosts.quick()) {
            String question = "Explain in one paragraph how a heat pump moves warmth from outside to inside.";
            JsonNode first = Hosts.json(Wire.post(host, "/api/chat", Hosts.chat("llama3.2", question, false, 20))
                    .body());
            String answer = first.path("message").path("content").asString();
            String followUp = "{\"model\":\"llama3.2\",\"stream\":false,\"options\":{\"num_predict\":2},\"messages\":["
                    + "{\"role\":\"user\",\"content\":\"" + question + "\"},{\"role\":\"assistant\",\"content\":\""
                    + answer
                    + "\"},{\"role\":\"user\",\"content\":\"And back?\"}]}";

            JsonNode second = Hosts.json(Wire.post(host, "/api/chat", followUp).body());

            int all = second.path("prompt_eval_count").asInt();
            long read = second.path("prompt_eval_duration").asLong() / 4_000_000L;
            assertThat(all).isGreaterThan(first.path("prompt_eval_count").asInt() + 15);
            assertThat(read).isLessThan(15);
        }
    }

    @Test
    void theSameRequestGetsTheSameTextAndAnotherSeedAnother() {
        try (SimulatedHost host = Hosts.quick();
                SimulatedHost other = Hosts.start(HostProfile.pi().withTimeScale(500))) {
            String body = Hosts.chat("llama3.2:1b", "Say hello.", false, 12);
            String text = content(Wire.post(host, "/api/chat", body));
            assertThat(content(Wire.post(other, "/api/chat", body)))
                    .isEqualTo(text)
                    .isNotEmpty();
            String seeded = body.replace("\"num_predict\":12", "\"num_predict\":12,\"seed\":7");
            assertThat(content(Wire.post(host, "/api/chat", seeded))).isNotEqualTo(text);
        }
    }

    private static String content(Wire.Answer answer) {
        return Hosts.json(answer.body()).path("message").path("content").asString();
    }
}
