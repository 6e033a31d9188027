package io.essaim.wire;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.essaim.testing.BufferLeaks;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.Test;

/** The other tests trust that a leaked buffer is noticed: here buffers are leaked on purpose. */
class LeakDetectionWorksTest {
    private static final Duration SHORT = Duration.ofMillis(50);

    @Test
    void aBufferThatIsNotReleased_isNoticed() {
        noticed(ByteBufAllocator.DEFAULT.ioBuffer(64));
    }

    @Test
    void aBufferOfAnEventLoop_isNoticedByTheTestThatStartedTheLoop() throws Exception {
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        try {
            noticed(group.submit(() -> ByteBufAllocator.DEFAULT.ioBuffer(64)).get());
        } finally {
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        }
    }

    private static void noticed(ByteBuf leaked) {
        assertThatThrownBy(() -> BufferLeaks.awaitNone(BufferLeaks.current(), SHORT))
                .isInstanceOf(ConditionTimeoutException.class);
        leaked.release();
        BufferLeaks.awaitNone(BufferLeaks.current(), SHORT);
    }
}
