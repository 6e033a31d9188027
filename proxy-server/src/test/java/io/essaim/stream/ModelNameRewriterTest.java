package io.essaim.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is written as {@code SENT} here is the name the backend was asked under, {@code ASKED} the client's. */
class ModelNameRewriterTest {
    private static final String SENT = "llama3.2:1b";
    private static final String ASKED = "my/fast<1>";

    private static String pass(String answer, Iterable<Integer> sizes) {
        ModelNameRewriter echo = new ModelNameRewriter(SENT, ASKED);
        ByteBuf in = Unpooled.copiedBuffer(answer, StandardCharsets.UTF_8);
        StringBuilder out = new StringBuilder();
        int at = 0;
        for (int size : sizes) {
            int n = Math.min(size, in.readableBytes() - at);
            for (ByteBuf piece : echo.pass(in, at, n)) {
                out.append(piece.toString(StandardCharsets.ISO_8859_1));
                piece.release();
            }
            at += n;
            if (at == in.readableBytes()) {
                break;
            }
        }
        assertThat(in.refCnt()).isEqualTo(1);
        in.release();
        return new String(out.toString().getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    }

    private static Iterable<Integer> every(int size) {
        return () -> java.util.stream.Stream.generate(() -> size).iterator();
    }

    private static void changes(String answer) {
        String before = answer.replace("SENT", SENT);
        String after = answer.replace("SENT", "my/fast\\u003c1\\u003e");
        for (int size = 1; size <= before.length(); size++) {
            assertThat(pass(before, every(size))).as("in pieces of %d", size).isEqualTo(after);
        }
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int i = 0; i < 200; i++) {
            Iterable<Integer> cuts = () -> random.ints(1, 40).iterator();
            assertThat(pass(before, cuts)).as("seed %d, cut %d", seed, i).isEqualTo(after);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                """
                {"model":"SENT","message":{"role":"assistant","content":"é"},"done":false}
                {"model":"SENT","message":{"role":"assistant","content":""},"done":true}
                """,
                "{\"done\":true, \"model\" : \"SENT\" }",
                """
                data: {"id":"c","model":"SENT","choices":[{"index":0,"delta":{"content":"a"}}]}

                data: [DONE]

                """,
                "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"model\":\"SENT\","
                        + "\"usage\":{\"input_tokens\":0}}}\n\n",
                "event: response.created\ndata: {\"response\":{\"tools\":[{\"a\":1}],\"model\":\"SENT\"},\"type\":\"x\"}\n\n",
                "{\"embeddings\":[[0.1,0.2],[]],\"model\":\"SENT\"}",
                "{\"a\":{\"b\":[{\"c\":{}}]},\"\":1,\"model\":\"SENT\"}",
            })
    void saysTheClientsName(String answer) {
        changes(answer);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"model\":\"llama3.2\",\"done\":true}",
                "{\"model\":\"llama3.2:1b-more\"}",
                "{\"model\":\"llama3.2:1b\\\"\"}",
                "{\"model\":\"\"}",
                "{\"model\":null}",
                "{\"content\":\"model\",\"x\":\"llama3.2:1b\"}",
                "{\"message\":{\"content\":\"\\\"model\\\":\\\"llama3.2:1b\\\"\"}}",
                "{\"message\":{\"tool_calls\":[{\"function\":{\"arguments\":{\"model\":\"llama3.2:1b\"}}}]}}",
                "{\"message\":{\"arguments\":{\"model\":\"llama3.2:1b\"}}}",
                "{\"other\":{\"model\":\"llama3.2:1b\"}}",
                "[\"model\",\"llama3.2:1b\"]",
                "{\"choices\":[{\"model\":\"llama3.2:1b\"}]}",
                "{\"model\"",
            })
    void leavesTheRest(String answer) {
        for (int size = 1; size <= answer.length(); size++) {
            assertThat(pass(answer, every(size))).as("in pieces of %d", size).isEqualTo(answer);
        }
    }

    @Test
    void holdsBackNothingButAName() {
        ModelNameRewriter echo = new ModelNameRewriter(SENT, ASKED);
        ByteBuf in = Unpooled.copiedBuffer("{\"model\":\"llama", StandardCharsets.UTF_8);
        var pieces = echo.pass(in, 0, in.readableBytes());
        assertThat(pieces).hasSize(1);
        assertThat(pieces.get(0).toString(StandardCharsets.UTF_8)).isEqualTo("{\"model\":");
        pieces.forEach(ByteBuf::release);
        in.release();
    }
}
