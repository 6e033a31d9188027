package io.essaim.benchmarks.compare;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ConversationTest implements Conversation.Listener {

    private static final String HEAD = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

    private final List<String> heard = new ArrayList<>();
    private final EmbeddedChannel channel = new EmbeddedChannel(new Conversation(this, 2));

    @Test
    void asksCountsAndVerifies() {
        ByteBuf question = channel.readOutbound();
        assertThat(question.toString(US_ASCII)).isEqualTo(new String(Wire.chatRequest(2), US_ASCII));
        question.release();
        receive(HEAD);
        receive(chunk(Wire.TOKEN_LINE));
        receive(chunk(Wire.TOKEN_LINE) + chunk(Wire.doneLine(2)) + "0\r\n\r\n");
        assertThat(heard).containsExactly("first", "1 lines", "2 lines", "ended: null");
    }

    @Test
    void reportsAStreamThatIsCut() {
        receive(HEAD + chunk(Wire.TOKEN_LINE));
        channel.close().syncUninterruptibly();
        assertThat(heard).containsExactly("first", "1 lines", "ended: connection closed after 1 lines of 3");
    }

    @Test
    void reportsAnErrorOnce() {
        receive("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n");
        assertThat(channel.isOpen()).isFalse();
        assertThat(heard).containsExactly("ended: answered HTTP/1.1 502 Bad Gateway");
    }

    @Override
    public void ready(Conversation conversation) {
        conversation.ask();
    }

    @Override
    public void firstLine(long nanos) {
        heard.add("first");
    }

    @Override
    public void lines(int count) {
        heard.add(count + " lines");
    }

    @Override
    public void ended(Conversation conversation, @Nullable String failure) {
        heard.add("ended: " + failure);
    }

    private void receive(String wire) {
        channel.writeInbound(Unpooled.copiedBuffer(wire, US_ASCII));
    }

    private static String chunk(String line) {
        return new String(Wire.chunk(line), US_ASCII);
    }
}
