package io.essaim.upstream;

import io.essaim.api.Failure;
import io.essaim.fault.InternalFault;
import io.essaim.transport.BackendTrust;
import io.essaim.transport.NameTimeout;
import io.essaim.transport.TlsFailure;
import io.essaim.transport.Transport;
import io.essaim.upstream.BackendPool.Waiter;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ConnectTimeoutException;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import io.netty.util.concurrent.Future;
import java.net.ConnectException;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Makes connections to backends, on the event loop of the caller. Shared by all loops; immutable. */
public final class BackendConnector {
    private final Transport transport;
    private final BackendTrust trust;
    private final Duration timeout;

    /** @param timeout for the connection itself, the look-up of its name included, without what TLS takes */
    public BackendConnector(Transport transport, BackendTrust trust, Duration timeout) {
        this.transport = transport;
        this.trust = trust;
        this.timeout = timeout;
    }

    void connect(BackendPool pool, Waiter waiter) {
        URI url = pool.backend().rule().url();
        boolean secure = "https".equals(url.getScheme());
        int port = url.getPort() > 0 ? url.getPort() : secure ? 443 : 80;
        String host = url.getHost().startsWith("[")
                ? url.getHost().substring(1, url.getHost().length() - 1)
                : url.getHost();
        SslContext tls = secure ? trust.context(pool.backend().rule()) : null;
        if (secure && tls == null) {
            waiter.failed(
                    new Failure(Failure.Kind.CONNECT_REFUSED, "it has left the rules, and its certificate with it"));
            return;
        }
        AtomicReference<@Nullable BackendConnection> latest =
                new AtomicReference<>(); // One for each address that is tried.
        Bootstrap bootstrap = transport.client(pool.eventLoop(), secure).handler(new ChannelInitializer<Channel>() {
            @Override
            protected void initChannel(Channel ch) {
                if (tls != null) {
                    ch.pipeline().addLast(tls.newHandler(ch.alloc(), host, port));
                }
                BackendConnection connection = new BackendConnection(pool);
                latest.set(connection);
                ch.pipeline().addLast(connection);
            }
        });
        transport
                .connect(bootstrap, pool.eventLoop(), host, port, timeout)
                .addListener((Future<Channel> made) -> InternalFault.guard(waiter, () -> {
                    if (!made.isSuccess()) {
                        waiter.failed(failure(made.cause()));
                    } else if (secure) {
                        secured(Objects.requireNonNull(latest.get()), waiter);
                    } else {
                        waiter.connected(Objects.requireNonNull(latest.get()));
                    }
                }));
    }

    /** TLS is part of the connection: who is not who he should be is not sent a byte. */
    private static void secured(BackendConnection connection, Waiter waiter) {
        SslHandler tls = connection.channel().pipeline().get(SslHandler.class);
        if (tls == null) {
            waiter.failed(new Failure(Failure.Kind.CONNECT_REFUSED, "it closed the connection at once"));
            return;
        }
        tls.handshakeFuture()
                .addListener(shaken -> InternalFault.guard(waiter, () -> {
                    if (shaken.isSuccess()) {
                        waiter.connected(connection);
                    } else {
                        waiter.failed(failure(shaken.cause()));
                    }
                }));
    }

    private static Failure failure(@Nullable Throwable cause) {
        if (cause instanceof NameTimeout) {
            return new Failure(Failure.Kind.CONNECT_TIMEOUT, "its name was not resolved in time");
        }
        if (cause instanceof ConnectTimeoutException || cause instanceof SslHandshakeTimeoutException) {
            return new Failure(Failure.Kind.CONNECT_TIMEOUT, "it did not accept the connection in time");
        }
        if (cause instanceof UnknownHostException) {
            return new Failure(Failure.Kind.CONNECT_REFUSED, "its name cannot be resolved");
        }
        if (cause instanceof ConnectException) {
            return new Failure(Failure.Kind.CONNECT_REFUSED, "it refused the connection");
        }
        String distrust = TlsFailure.reason(cause);
        if (distrust != null) {
            return new Failure(Failure.Kind.CONNECT_REFUSED, distrust);
        }
        return new Failure(Failure.Kind.CONNECT_REFUSED, "it could not be connected (" + cause + ")");
    }
}
