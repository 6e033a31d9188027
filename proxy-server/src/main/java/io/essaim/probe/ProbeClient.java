package io.essaim.probe;

import io.essaim.api.Printable;
import io.essaim.fleet.Backend;
import io.essaim.transport.BackendTrust;
import io.essaim.transport.NameTimeout;
import io.essaim.transport.TlsFailure;
import io.essaim.transport.Transport;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.EventLoop;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.timeout.ReadTimeoutException;
import io.netty.handler.timeout.ReadTimeoutHandler;
import io.netty.util.concurrent.Future;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Small GET requests for probes, a connection each: a probe must also find that no new connection can be made. Not on the
 * path of any request, so Netty's own codec does. Confined to its event loop.
 */
final class ProbeClient {
    private static final Logger LOG = LoggerFactory.getLogger(ProbeClient.class);
    private static final int MILLIS = 2000;
    private static final Duration TIMEOUT = Duration.ofMillis(MILLIS);
    private static final int LONGEST_TYPE = 40;
    private static final int LONGEST_LISTING = 8 * 1024 * 1024;

    /**
     * What came of a probe.
     *
     * @param status HTTP status; 0 when there was no answer
     * @param body the whole body; empty when there was no answer
     * @param refused whether the host refused the connection, which is proof that nothing listens
     * @param why a sentence for a person when there was no good answer
     */
    record Result(int status, byte[] body, boolean refused, String why) {}

    private final Transport transport;
    private final EventLoop loop;
    private final Bootstrap bootstrap;
    private final URI url;
    private final InetSocketAddress address;
    private final @Nullable SslContext tls;
    private final Set<Channel> open = new HashSet<>();

    ProbeClient(Transport transport, BackendTrust trust, EventLoop loop, Backend backend) {
        this.url = backend.rule().url();
        boolean secure = "https".equals(url.getScheme());
        int port = url.getPort() > 0 ? url.getPort() : secure ? 443 : 80;
        this.address = InetSocketAddress.createUnresolved(url.getHost().replaceAll("[\\[\\]]", ""), port);
        this.tls = secure ? Objects.requireNonNull(trust.context(backend.rule())) : null;
        this.bootstrap = transport.client(loop, secure);
        this.transport = transport;
        this.loop = loop;
    }

    /** Asks for a path; the consumer is called once, on the event loop. */
    void get(String path, Consumer<Result> consumer) {
        Once once = new Once(consumer);
        Bootstrap client = bootstrap.clone().handler(new ChannelInitializer<Channel>() {
            @Override
            protected void initChannel(Channel ch) {
                if (tls != null) {
                    ch.pipeline().addLast(tls.newHandler(ch.alloc(), address.getHostString(), address.getPort()));
                }
                ch.pipeline()
                        .addLast(
                                new ReadTimeoutHandler(MILLIS, TimeUnit.MILLISECONDS),
                                new HttpClientCodec(),
                                new HttpObjectAggregator(LONGEST_LISTING),
                                new Reader(once));
            }
        });
        transport
                .connect(client, loop, address.getHostString(), address.getPort(), TIMEOUT)
                .addListener((Future<Channel> connected) -> {
                    if (connected.isSuccess()) {
                        send(connected.getNow(), path);
                    } else {
                        once.accept(failed(connected.cause()));
                    }
                });
    }

    private void send(Channel channel, String path) {
        open.add(channel);
        channel.closeFuture().addListener(f -> open.remove(channel));
        var request = new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, url.getRawPath() + path);
        request.headers()
                .set(HttpHeaderNames.HOST, url.getRawAuthority())
                .set(HttpHeaderNames.USER_AGENT, "essaim-probe")
                .set(HttpHeaderNames.CONNECTION, "close");
        channel.writeAndFlush(request);
    }

    void close() {
        List.copyOf(open).forEach(Channel::close);
    }

    private static Result failed(Throwable cause) {
        boolean refused = cause instanceof ConnectException
                && String.valueOf(cause.getMessage())
                        .toLowerCase(java.util.Locale.ROOT)
                        .contains("refused");
        return none(refused, refused ? "it refuses connections" : "it cannot be connected: " + reason(cause));
    }

    /** What went wrong, in words: several exceptions of Netty and NIO have a name but no message. */
    static String reason(Throwable cause) {
        if (cause instanceof UnknownHostException || cause instanceof UnresolvedAddressException) {
            return "its host name is not known";
        }
        if (cause instanceof NameTimeout) {
            return "its host name was not resolved within " + MILLIS + " ms";
        }
        if (cause instanceof ConnectTimeoutException) {
            return "no connection within " + MILLIS + " ms";
        }
        if (cause instanceof ClosedChannelException) {
            return "the connection was closed while it was made";
        }
        String distrust = TlsFailure.reason(cause);
        if (distrust != null) {
            return distrust;
        }
        String message = cause.getMessage();
        return message == null || message.isBlank() ? cause.getClass().getSimpleName() : message;
    }

    private static Result none(boolean refused, String why) {
        return new Result(0, new byte[0], refused, why);
    }

    private static final class Once implements Consumer<Result> {
        private @Nullable Consumer<Result> to;

        Once(Consumer<Result> to) {
            this.to = to;
        }

        boolean done() {
            return to == null;
        }

        @Override
        public void accept(Result result) {
            if (to != null) {
                Consumer<Result> once = to;
                to = null;
                once.accept(result);
            }
        }
    }

    private static final class Reader extends SimpleChannelInboundHandler<FullHttpResponse> {
        private final Once once;

        Reader(Once once) {
            this.once = once;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, FullHttpResponse response) {
            int status = response.status().code();
            once.accept(new Result(
                    status,
                    ByteBufUtil.getBytes(response.content()),
                    false,
                    status == 200 ? notAsOllama(response) : "it answered " + status + " to the probe"));
            ctx.close();
        }

        /** What is said of a 200 that turns out not to be an Ollama's: captive portals answer everything so. */
        private static String notAsOllama(FullHttpResponse response) {
            String type = String.valueOf(response.headers().get(HttpHeaderNames.CONTENT_TYPE, "nothing"));
            return "it does not answer as an Ollama does, but with " + Printable.of(type, LONGEST_TYPE)
                    + (type.startsWith("text/html") ? " (a login page?)" : "");
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            once.accept(none(false, "it closed the connection without an answer to the probe"));
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            if (once.done()) {
                LOG.error("a probe's answer could not be used", cause);
            }
            String why = cause instanceof ReadTimeoutException
                    ? "it did not answer the probe in time"
                    : "the probe failed: " + reason(cause);
            once.accept(none(false, why));
            ctx.close();
        }
    }
}
