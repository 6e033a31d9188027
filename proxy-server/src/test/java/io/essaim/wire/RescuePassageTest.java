package io.essaim.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.testing.RawClient;
import io.essaim.testing.ScriptedBackend;
import io.essaim.testing.TestServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** An answer that might be rescued and need not be reaches the client byte for byte, whatever it holds and however it is cut. */
@ParameterizedClass
@ValueSource(ints = {1, 4})
public class RescuePassageTest {
    private static final List<String> LINES = List.of(
            FailoverTest.TOKEN,
            RescueTest.token("\\n\\u20ac \\\"done\\\":true é€"),
            "{ \"done\" : false , \"message\" : { \"content\" : 1.50e+2 } }\r\n",
            "{\"message\":{\"content\":null,\"thinking\":\"Hm\"}}\n",
            "{\"message\":{\"tool_calls\":[{\"function\":{\"arguments\":{\"done\":true}}}]},\"done\":false}\n",
            "\n",
            "\r\n",
            "[]\n",
            "no JSON\n",
            "{\"message\":\"x\n",
            RescueTest.token("x".repeat(9000)));
    private static final List<String> EVENTS = List.of(
            "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"é€\"}}]}\n\n",
            "data:{\"choices\":[]}\r\n\r\n",
            ": ping\n\n",
            "\n",
            "\r\n",
            "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{}]},\"finish_reason\":\"tool_calls\"}],\"usage\":null}\n\n",
            "event: more\ndata: {}\n\n",
            "data: so what\n\n",
            "data: {\"choices\":[{\"delta\":{\"content\":\"" + "x".repeat(9000) + "\"}}]}\n\n");

    @Parameter
    int loops;

    @Test
    void everyByteComes() throws Exception {
        passes("/api/chat", FailoverTest.CHAT, "application/x-ndjson", LINES, FailoverTest.DONE);
        String stream = FailoverTest.CHAT.replace("{\"model\"", "{\"stream\":true,\"model\"");
        passes("/v1/chat/completions", stream, "text/event-stream", EVENTS, "data: [DONE]\n\n");
    }

    private void passes(String path, String body, String type, List<String> frames, String last) throws Exception {
        try (ScriptedBackend one = ScriptedBackend.with("llama3.2:latest");
                ScriptedBackend two = ScriptedBackend.with("llama3.2:latest");
                TestServer server = TestServer.tiers(loops, RescueTest.ALLOWED, one, two)) {
            for (int seed = 0; seed < 150; seed++) {
                Random random = new Random(seed);
                StringBuilder text = new StringBuilder(frames.get(0));
                for (int i = random.nextInt(8); i > 0; i--) {
                    text.append(frames.get(random.nextInt(frames.size())));
                }
                String whole = text.append(last).toString();
                one.plays(line -> {
                    line.send("HTTP/1.1 200 OK\r\nContent-Type: " + type + "\r\nTransfer-Encoding: chunked\r\n\r\n");
                    inPieces(line, whole.getBytes(StandardCharsets.UTF_8), random);
                    line.send("0\r\n\r\n");
                });
                RawClient.Reply reply = RawClient.post(server.port(), path, body);
                assertThat(reply.text()).as("seed %d on %s", seed, path).isEqualTo(whole);
                assertThat(reply.complete()).as("seed %d on %s", seed, path).isTrue();
            }
            assertThat(two.requests()).isEmpty();
        }
    }

    /** The payload in chunks that end anywhere. */
    public static void inPieces(ScriptedBackend.Line line, byte[] payload, Random random) throws IOException {
        int most = 1 + random.nextInt(200);
        for (int at = 0; at < payload.length; ) {
            int to = Math.min(payload.length, at + 1 + random.nextInt(payload.length > 2000 ? 2000 : most));
            line.send(Integer.toHexString(to - at) + "\r\n");
            line.send(Arrays.copyOfRange(payload, at, to));
            line.send("\r\n");
            at = to;
        }
    }
}
