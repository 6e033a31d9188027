package io.essaim.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class NdjsonTapTest {
    private static final String TOKEN = "{\"model\":\"m\",\"message\":{\"content\":\"a\"},\"done\":false}\n";
    private static final String LAST = "{\"model\":\"m\",\"message\":{\"content\":\"\"},\"done\":true}\n";

    private static NdjsonTap after(String stream) {
        NdjsonTap end = new NdjsonTap();
        ByteBuf bytes = Unpooled.wrappedBuffer(stream.getBytes(StandardCharsets.UTF_8));
        end.look(bytes, 0, bytes.readableBytes());
        return end;
    }

    @Test
    void doneAtTheTopLevelOfTheLastLineCompletes() {
        assertThat(after(TOKEN).complete()).isFalse();
        assertThat(after(TOKEN + LAST).complete()).isTrue();
    }

    @Test
    void doneInTextOrInToolArgumentsDoesNot() {
        assertThat(after("{\"message\":{\"content\":\"say \\\"done\\\":true\"},\"done\":false}\n")
                        .complete())
                .isFalse();
        assertThat(after("{\"message\":{\"tool_calls\":[{\"arguments\":{\"done\":true}}]},\"done\":false}\n")
                        .complete())
                .isFalse();
    }

    @Test
    void aBrokenLineDoesNotHideTheEndThatFollows() {
        assertThat(after(TOKEN + "{\"model\":\"m\",\"message\":{\"content\":\"cut\n" + LAST)
                        .complete())
                .isTrue();
        assertThat(after(TOKEN + "{\"mess\\\n" + LAST).complete()).isTrue();
    }

    @Test
    void anErrorLineIsHeard() {
        assertThat(after(TOKEN + "{\"error\":\"boom\"}\n").saidError()).isTrue();
        assertThat(after(TOKEN + "{\"message\":{\"error\":\"no\"},\"done\":false}\n")
                        .saidError())
                .isFalse();
    }
}
