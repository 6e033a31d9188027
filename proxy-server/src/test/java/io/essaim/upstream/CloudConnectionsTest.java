package io.essaim.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.essaim.api.Failure;
import io.essaim.config.Rules;
import io.essaim.config.RulesLoader;
import io.essaim.fleet.Backend;
import io.essaim.fleet.Fleet;
import io.essaim.learn.CostTerms;
import io.essaim.learn.Estimates;
import io.essaim.testing.ScriptedBackend;
import io.essaim.transport.BackendTrust;
import io.essaim.transport.Transport;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoopGroup;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which connections to clouds are used again, and when a call is made again on another one. */
class CloudConnectionsTest {
    private final AtomicLong now = new AtomicLong();
    private final ScriptedBackend server = ScriptedBackend.with().plays(line -> line.json("{}"));
    private final EventLoopGroup group = Transport.best().loops(1);
    private Loop loop;
    private Fleet fleet;

    @BeforeEach
    void begin() throws Exception {
        String json = "{\"listen\":{\"port\":0},\"backends\":{\"cloud\":{\"url\":\"" + server.url()
                + "\",\"dialect\":\"openai\"},\"host\":{\"url\":\"" + server.url()
                + "/host\"}},\"routes\":[{\"models\":[\"*\"],\"tiers\":[[\"host\"]]}]}";
        Rules rules = RulesLoader.load("test.json", json.getBytes(StandardCharsets.UTF_8));
        fleet = new Fleet(rules, now::get, new Estimates(CostTerms.USUAL));
        BackendConnector connector =
                new BackendConnector(Transport.best(), BackendTrust.of(rules, Path.of("")), Duration.ofSeconds(5));
        loop = new Loop(group.next(), now::get, new WorkerPool(1), fleet, connector);
    }

    @AfterEach
    void end() {
        loop.shutDown();
        group.shutdownGracefully(0, 1, java.util.concurrent.TimeUnit.SECONDS).awaitUninterruptibly();
        server.close();
    }

    private Backend backend(String name) {
        return fleet.get(name);
    }

    /** What came of a call, once it is over. */
    private static final class Ear implements BackendCall.Listener {
        private final CountDownLatch over = new CountDownLatch(1);
        private volatile int status;
        private volatile @Nullable Failure failure;

        @Override
        public void payload(int ignored, ByteBuf piece) {}

        @Override
        public void over(int newStatus, @Nullable Failure newFailure) {
            status = newStatus;
            failure = newFailure;
            over.countDown();
        }

        @Override
        public void fault(Throwable cause) {
            throw new AssertionError(cause);
        }
    }

    private Ear call(String name) {
        Ear ear = new Ear();
        CallRequest order = CallRequest.toCloud("/v1/chat/completions", "{}".getBytes(StandardCharsets.UTF_8), "");
        loop.eventLoop().execute(() -> new BackendCall(loop, backend(name), order, ear).start());
        await().until(() -> ear.over.getCount() == 0);
        return ear;
    }

    private static void answered(Ear ear) {
        assertThat(ear.failure).isNull();
        assertThat(ear.status).isEqualTo(200);
    }

    @Test
    void aConnectionToACloud_isUsedAgain_forFourSeconds() {
        answered(call("cloud"));
        now.addAndGet(Duration.ofMillis(3900).toNanos());
        answered(call("cloud"));
        assertThat(server.connections()).isEqualTo(1);
        now.addAndGet(Duration.ofMillis(4100).toNanos());
        answered(call("cloud"));
        assertThat(server.connections()).isEqualTo(2);
        answered(call("host"));
        now.addAndGet(Duration.ofSeconds(40).toNanos());
        answered(call("host"));
        assertThat(server.connections()).as("a host costs nothing").isEqualTo(3);
    }

    @Test
    void aCallOfWhichNothingLeft_isMadeOnAnotherConnection() {
        answered(call("cloud"));
        onTheIdleConnection(new ChannelOutboundHandlerAdapter() {
            @Override
            public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
                ReferenceCountUtil.release(msg);
                promise.setFailure(new IOException("Broken pipe"));
                ctx.close();
            }
        });
        answered(call("cloud"));
        assertThat(server.connections()).isEqualTo(2);
        assertThat(server.requests()).as("each was read once").hasSize(2);
    }

    @Test
    void aCallThatLeft_isNot() {
        answered(call("cloud"));
        server.plays(ScriptedBackend.Line::close);
        Ear second = call("cloud");
        assertThat(second.failure).isNotNull();
        assertThat(server.requests()).hasSize(2);
        assertThat(server.connections()).isEqualTo(1);
    }

    private void onTheIdleConnection(ChannelOutboundHandlerAdapter handler) {
        CountDownLatch done = new CountDownLatch(1);
        loop.eventLoop()
                .execute(() -> loop.pool(backend("cloud")).acquire(false, new BackendPool.Waiter() {
                    @Override
                    public void connected(BackendConnection connection) {
                        connection.channel().pipeline().addFirst(handler);
                        connection.giveBack(true);
                        done.countDown();
                    }

                    @Override
                    public void failed(Failure failure) {
                        throw new AssertionError(failure.message());
                    }

                    @Override
                    public void fault(Throwable cause) {
                        throw new AssertionError(cause);
                    }
                }));
        await().until(() -> done.getCount() == 0);
    }
}
