package io.essaim.relay;

import static io.netty.handler.codec.ByteToMessageDecoder.MERGE_CUMULATOR;

import io.essaim.api.Failure;
import io.essaim.fleet.Backend;
import io.essaim.http.BadMessage;
import io.essaim.http.Response;
import io.essaim.http.ResponseReader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A request of our own to one backend, to manage its models: on a connection of its own, without a lease, because no model
 * runs for it. Confined to its event loop.
 */
final class BackendCall implements BackendPool.Waiter, BackendConnection.Owner, Loop.Timed {
    /** Who hears the answer. */
    interface Listener {
        /**
         * A part of the answer's body.
         *
         * @param piece released by the caller
         */
        void payload(int status, ByteBuf piece);

        /**
         * The last word.
         *
         * @param status the answer's status; 0 when there was none
         * @param failure why there was no whole answer; null when there was one
         */
        void over(int status, @Nullable String failure);
    }

    private final Loop loop;
    private final Backend backend;
    private final String method;
    private final String path;
    private final byte[] body;
    private final long patience;
    private final Listener listener;
    private final ResponseReader reader = new ResponseReader();
    private @Nullable BackendConnection connection;
    private @Nullable ByteBuf gathered;
    private @Nullable Relay relay;
    private long lastByte;
    private boolean over;

    /**
     * @param body JSON
     * @param patience how long the backend may be silent
     */
    BackendCall(Loop loop, Backend backend, String call, byte[] body, Duration patience, Listener listener) {
        this.loop = loop;
        this.backend = backend;
        this.method = call.substring(0, call.indexOf(' '));
        this.path = call.substring(method.length() + 1);
        this.body = body;
        this.patience = patience.toNanos();
        this.listener = listener;
        this.lastByte = loop.now();
    }

    void start() {
        loop.watch(this);
        loop.pool(backend).acquire(true, this);
    }

    @Override
    public void connected(BackendConnection fresh) {
        if (over) {
            fresh.close();
            return;
        }
        connection = fresh;
        fresh.take(this);
        URI url = backend.rule().url();
        String head = method + " " + url.getRawPath() + path + " HTTP/1.1\r\nhost: " + url.getRawAuthority()
                + "\r\ncontent-type: application/json\r\nuser-agent: essaim\r\ncontent-length: " + body.length
                + "\r\n\r\n";
        fresh.channel().write(Unpooled.wrappedBuffer(head.getBytes(StandardCharsets.ISO_8859_1)));
        fresh.channel().writeAndFlush(Unpooled.wrappedBuffer(body));
    }

    @Override
    public void failed(Failure failure) {
        end(failure.message());
    }

    @Override
    public void bytes(ByteBuf in) {
        lastByte = loop.now();
        try {
            if (relay == null) {
                head(in);
            } else {
                body(relay, in);
            }
        } catch (BadMessage e) {
            end("its answer is malformed: " + e.text());
        } finally {
            in.release();
        }
    }

    private void head(ByteBuf in) throws BadMessage {
        ByteBuf all = gathered == null ? in.retain() : MERGE_CUMULATOR.cumulate(in.alloc(), gathered, in.retain());
        gathered = all;
        Response response = reader.next(all, false);
        if (response == null) {
            return;
        }
        gathered = null;
        Relay fresh = new Relay(response, new EndOfStream.Whole(), true, false, null);
        fresh.open(piece -> {
            try {
                listener.payload(response.status(), piece);
            } finally {
                piece.release();
            }
        });
        relay = fresh;
        try {
            body(fresh, all);
        } finally {
            all.release();
        }
    }

    private void body(Relay answer, ByteBuf in) throws BadMessage {
        answer.accept(in);
        if (answer.ended()) {
            end(null);
        }
    }

    @Override
    public void burstOver() {}

    @Override
    public void gone(String why, boolean broken) {
        connection = null;
        if (relay != null && !broken) {
            relay.closed();
            if (relay.ended()) {
                end(null);
                return;
            }
        }
        end("the connection was lost (" + why + ")");
    }

    @Override
    public void sweep(long now) {
        if (now - lastByte > patience) {
            end("it did not answer in time");
        }
    }

    private void end(@Nullable String failure) {
        if (over) {
            return;
        }
        over = true;
        loop.unwatch(this);
        if (gathered != null) {
            gathered.release();
            gathered = null;
        }
        if (connection != null) {
            connection.close();
            connection = null;
        }
        listener.over(relay == null ? 0 : relay.head().status(), failure);
    }
}
