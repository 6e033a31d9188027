package io.essaim.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.api.Surface;
import io.essaim.learn.ReportedTimings;
import io.essaim.stream.SseTap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The counts in streams of events, read on their way in whatever pieces they come. */
class UsageTest {
    private static final String OPENAI = """
            data: {"choices":[{"index":0,"delta":{"content":"\\"usage\\":{\\"prompt_tokens\\":99}"}}],"usage":null}

            data: {"choices":[],"usage":{"prompt_tokens":12,"prompt_tokens_details":{"cached_tokens":8},\
            "completion_tokens":34,"completion_tokens_details":{"reasoning_tokens":5},"total_tokens":46}}

            data: [DONE]

            """;
    private static final String ANTHROPIC = """
            event: message_start
            data: {"type":"message_start","message":{"usage":{"input_tokens":12,"output_tokens":1}}}

            event: content_block_delta
            data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"output_tokens\\":7"}}

            event: message_delta
            data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":34}}

            event: message_stop
            data: {"type":"message_stop"}

            """;
    private static final String RESPONSES = """
            event: response.completed
            data: {"type":"response.completed","response":{"output":[{"content":[{"text":"a"}]}],\
            "usage":{"input_tokens":12,"input_tokens_details":{"cached_tokens":8},"output_tokens":34,"total_tokens":46}}}

            """;

    /** Shows a stream to the proxy's eyes in pieces of this many bytes. */
    private static ReportedTimings read(Surface surface, String stream, int piece) {
        SseTap end = new SseTap(surface);
        ByteBuf all = Unpooled.copiedBuffer(stream, StandardCharsets.UTF_8);
        for (int at = 0; at < all.readableBytes(); at += piece) {
            end.look(all, at, Math.min(piece, all.readableBytes() - at));
        }
        all.release();
        return end.timings();
    }

    @ParameterizedTest
    @CsvSource({"OPENAI", "ANTHROPIC", "RESPONSES"})
    void theCountsAreFound_whereverTheStreamIsCut(Surface surface) {
        String stream = switch (surface) {
            case ANTHROPIC -> ANTHROPIC;
            case RESPONSES -> RESPONSES;
            default -> OPENAI;
        };
        for (int piece = 1; piece <= stream.length(); piece++) {
            assertThat(read(surface, stream, piece))
                    .as("pieces of %d bytes", piece)
                    .isEqualTo(ReportedTimings.counts(12, 34));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "7,7",
        "' 7 ',7",
        "0,0",
        "10000000,10000000",
        "10000001,-1",
        "99999999999999999999999999,-1",
        "-7,-1",
        "7.5,-1",
        "7e3,-1",
        "null,-1",
        "'\"7\"',-1",
        "[7],-1"
    })
    void onlyASaneWholeNumberIsACount(String value, long expected) {
        String stream = "data: {\"usage\":{\"completion_tokens\":" + value + ",\"prompt_tokens\":3}}\n\n";
        assertThat(read(Surface.OPENAI, stream, stream.length())).isEqualTo(ReportedTimings.counts(3, expected));
    }

    @Test
    void anEventThatIsCutOff_doesNotSpoilTheNext() {
        String stream = """
                data: {"delta":{"content":"an open string

                data: {"usage":{"prompt_tokens":3,"completion_tokens":4}}

                """;
        assertThat(read(Surface.OPENAI, stream, 5)).isEqualTo(ReportedTimings.counts(3, 4));
    }

    @Test
    void aStreamThatCountsNothing_saysNothing() {
        assertThat(read(Surface.OPENAI, "data: {\"choices\":[]}\n\ndata: [DONE]\n\n", 3))
                .isEqualTo(ReportedTimings.NONE);
    }
}
