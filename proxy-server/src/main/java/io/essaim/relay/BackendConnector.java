package io.essaim.relay;

import io.essaim.api.Failure;
import io.essaim.relay.BackendPool.Waiter;
import io.essaim.transport.Transport;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ConnectTimeoutException;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Makes connections to backends, on the event loop of whoever asks. Shared by all loops; immutable. */
public final class BackendConnector {
    private final Transport transport;
    private final Duration timeout;

    public BackendConnector(Transport transport, Duration timeout) {
        this.transport = transport;
        this.timeout = timeout;
    }

    void connect(BackendPool pool, Waiter waiter) {
        URI url = pool.backend().rule().url();
        boolean secure = "https".equals(url.getScheme());
        int port = url.getPort() > 0 ? url.getPort() : secure ? 443 : 80;
        String host = url.getHost().startsWith("[")
                ? url.getHost().substring(1, url.getHost().length() - 1)
                : url.getHost();
        BackendConnection connection = new BackendConnection(pool);
        Bootstrap bootstrap = transport
                .client(pool.loop().eventLoop())
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) timeout.toMillis())
                .handler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel ch) {
                        if (secure) {
                            ch.pipeline().addLast(Tls.CLIENT.newHandler(ch.alloc(), host, port));
                        }
                        ch.pipeline().addLast(connection);
                    }
                });
        bootstrap.connect(InetSocketAddress.createUnresolved(host, port)).addListener((ChannelFuture f) -> {
            if (f.isSuccess()) {
                waiter.connected(connection);
            } else {
                waiter.failed(failure(f.cause()));
            }
        });
    }

    /** Made on first use: reading the certificates takes a tenth of a second that a fleet without TLS need not wait. */
    private static final class Tls {
        static final SslContext CLIENT = context();

        private static SslContext context() {
            try {
                return SslContextBuilder.forClient()
                        .endpointIdentificationAlgorithm("HTTPS")
                        .build();
            } catch (SSLException e) {
                throw new IllegalStateException("this JVM has no TLS", e);
            }
        }
    }

    private static Failure failure(@Nullable Throwable cause) {
        if (cause instanceof ConnectTimeoutException) {
            return new Failure(Failure.Kind.CONNECT_TIMEOUT, "it did not accept the connection in time");
        }
        if (cause instanceof UnknownHostException) {
            return new Failure(Failure.Kind.CONNECT_REFUSED, "its name cannot be resolved");
        }
        if (cause instanceof ConnectException) {
            return new Failure(Failure.Kind.CONNECT_REFUSED, "it refused the connection");
        }
        return new Failure(Failure.Kind.CONNECT_REFUSED, "it could not be connected (" + cause + ")");
    }
}
