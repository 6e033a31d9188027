package io.essaim.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Names that hang, are not known, or have several addresses. */
class ConnectionAttemptTest {
    private static final Duration LONG = Duration.ofSeconds(20);

    private final CountDownLatch never = new CountDownLatch(1);
    private final Map<String, AtomicInteger> lookups = new ConcurrentHashMap<>();
    private final Transport transport = new Transport(Transport.best().kind(), this::lookup);
    private final EventLoopGroup loops = transport.loops(1);
    private final EventLoop loop = loops.next();
    private ServerSocket server;

    private InetAddress[] lookup(String name) throws UnknownHostException {
        lookups.computeIfAbsent(name, any -> new AtomicInteger()).incrementAndGet();
        if (name.startsWith("hangs")) {
            try {
                never.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        return switch (name) {
            case "two" -> addresses("127.0.0.2", "127.0.0.1"); // Nobody listens at the first.
            case "unknown" -> throw new UnknownHostException(name);
            default -> addresses("127.0.0.1");
        };
    }

    private static InetAddress[] addresses(String... literals) {
        InetAddress[] all = new InetAddress[literals.length];
        for (int i = 0; i < literals.length; i++) {
            all[i] = NetUtil.createInetAddressFromIpAddressString(literals[i]);
        }
        return all;
    }

    @BeforeEach
    void listen() throws Exception {
        server = new ServerSocket();
        server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 500);
    }

    @AfterEach
    void stop() throws Exception {
        never.countDown();
        server.close();
        loops.shutdownGracefully(0, 2, TimeUnit.SECONDS).sync();
    }

    private Future<Channel> dial(String host, Duration timeout) {
        return transport.connect(
                transport.client(loop, false).handler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        // Nothing is sent.
                    }
                }),
                loop,
                host,
                server.getLocalPort(),
                timeout);
    }

    @Test
    void aNameThatHangs_holdsNobodyElseUp_andOneThreadOnly() throws Exception {
        List<Future<Channel>> hanging = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            hanging.add(dial("hangs", LONG));
        }
        hanging.add(dial("hangs too", LONG));
        hanging.add(dial("hangs as well", LONG));
        assertThat(dial("good", LONG).await(20_000)).isTrue();
        assertThat(dial("good", LONG).sync().getNow().isActive()).isTrue();
        assertThat(lookups.get("hangs").get()).isEqualTo(1);
        never.countDown();
        for (Future<Channel> one : hanging) {
            assertThat(one.sync().getNow().isActive()).isTrue();
        }
    }

    @Test
    void theLookUpCountsAgainstTheTimeout_andAnswersLaterAllTheSame() throws Exception {
        Future<Channel> late = dial("hangs", Duration.ofMillis(50)).await();
        assertThat(late.cause()).isInstanceOf(NameTimeout.class).isInstanceOf(ConnectTimeoutException.class);
        Future<Channel> patient = dial("hangs", LONG);
        never.countDown();
        assertThat(patient.sync().getNow().isActive()).isTrue();
        await().until(() -> lookups.get("hangs").get() == 1);
    }

    @Test
    void allAddressesOfANameAreTried() throws Exception {
        Channel connected = dial("two", LONG).sync().getNow();
        assertThat(((InetSocketAddress) connected.remoteAddress()).getAddress().getHostAddress())
                .isEqualTo("127.0.0.1");
    }

    @Test
    void aLiteralIsNotLookedUp_andWhatIsUnknownIsSaid() throws Exception {
        assertThat(dial("127.0.0.1", LONG).sync().getNow().isActive()).isTrue();
        assertThat(lookups).isEmpty();
        assertThat(dial("unknown", LONG).await().cause()).isInstanceOf(UnknownHostException.class);
        assertThat(dial("127.0.0.3", LONG).await().cause()).hasMessageContaining("refused");
    }
}
