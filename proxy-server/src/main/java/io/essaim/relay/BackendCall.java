package io.essaim.relay;

import static io.netty.handler.codec.ByteToMessageDecoder.MERGE_CUMULATOR;

import io.essaim.api.Failure;
import io.essaim.api.Failure.Kind;
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

        /** It is connected; a body that comes in pieces may come now. */
        default void ready() {}

        /** It takes pieces again. */
        default void drained() {}

        /**
         * The last word.
         *
         * @param status the answer's status; 0 when there was none
         * @param failure why there was no whole answer; null when there was one
         */
        void over(int status, @Nullable Failure failure);
    }

    private final Loop loop;
    private final Backend backend;
    private final String method;
    private final String path;
    private final byte @Nullable [] body;
    private final long length;
    private final long patience;
    private final Listener listener;
    private final ResponseReader reader = new ResponseReader();
    private @Nullable BackendConnection connection;
    private @Nullable ByteBuf gathered;
    private @Nullable Relay relay;
    private long lastByte;
    private boolean over;

    /**
     * What is asked of a backend.
     *
     * @param call method and path
     * @param body JSON; null for one that comes in pieces
     * @param length bytes of that one; -1 when that is not known
     * @param patience how long the backend may be silent
     */
    private record Order(String call, byte @Nullable [] body, long length, Duration patience) {}

    private BackendCall(Loop loop, Backend backend, Order order, Listener listener) {
        this.loop = loop;
        this.backend = backend;
        this.method = order.call.substring(0, order.call.indexOf(' '));
        this.path = order.call.substring(method.length() + 1);
        this.body = order.body;
        this.length = order.body == null ? order.length : order.body.length;
        this.patience = order.patience.toNanos();
        this.listener = listener;
        this.lastByte = loop.now();
    }

    /**
     * @param call method and path
     * @param body JSON
     * @param patience how long the backend may be silent
     */
    BackendCall(Loop loop, Backend backend, String call, byte[] body, Duration patience, Listener listener) {
        this(loop, backend, new Order(call, body, body.length, patience), listener);
    }

    /**
     * A call whose body comes by {@link #piece} once the listener is told that it is ready.
     *
     * @param length bytes of the body; -1 when that is not known
     */
    static BackendCall upload(
            Loop loop, Backend backend, String call, long length, Duration patience, Listener listener) {
        return new BackendCall(loop, backend, new Order(call, null, length, patience), listener);
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
        String type = body == null ? "application/octet-stream" : "application/json";
        String framing = length < 0 ? "transfer-encoding: chunked" : "content-length: " + length;
        send(method + " " + url.getRawPath() + path + " HTTP/1.1\r\nhost: " + url.getRawAuthority()
                + "\r\ncontent-type: " + type + "\r\nuser-agent: essaim\r\n" + framing + "\r\n\r\n");
        if (body != null) {
            fresh.channel().write(Unpooled.wrappedBuffer(body));
        }
        fresh.channel().flush();
        listener.ready();
    }

    private void send(String text) {
        if (connection != null) {
            connection.channel().write(Unpooled.wrappedBuffer(text.getBytes(StandardCharsets.ISO_8859_1)));
        }
    }

    /** Takes over a piece of the body; one that comes when the call is over is dropped. */
    void piece(ByteBuf piece) {
        if (connection == null) {
            piece.release();
            return;
        }
        lastByte = loop.now();
        if (length < 0) {
            send(Integer.toHexString(piece.readableBytes()) + "\r\n");
        }
        connection.channel().write(piece);
        if (length < 0) {
            send("\r\n");
        }
        connection.channel().flush();
    }

    /** No more pieces come. */
    void bodyOver() {
        lastByte = loop.now();
        if (length < 0) {
            send("0\r\n\r\n");
        }
        if (connection != null) {
            connection.channel().flush();
        }
    }

    /** Whether pieces leave as fast as they come; also when it does not matter any more. */
    boolean writable() {
        return connection == null || connection.channel().isWritable();
    }

    @Override
    public void drained() {
        lastByte = loop.now();
        listener.drained();
    }

    /** Gives up without a last word. */
    void cancel() {
        over = true;
        close();
    }

    @Override
    public void failed(Failure failure) {
        end(failure);
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
            end(new Failure(Kind.MALFORMED, "its answer is malformed: " + e.text()));
        } finally {
            in.release();
        }
    }

    private void head(ByteBuf in) throws BadMessage {
        ByteBuf all = gathered == null ? in.retain() : MERGE_CUMULATOR.cumulate(in.alloc(), gathered, in.retain());
        gathered = all;
        Response response = reader.next(all, method.equals("HEAD"));
        if (response == null) {
            return;
        }
        gathered = null;
        Relay fresh = new Relay(response, new EndOfStream.Whole(0), true, false, null);
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
        end(new Failure(Kind.LOST, "the connection was lost (" + why + ")"));
    }

    @Override
    public void sweep(long now) {
        if (now - lastByte > patience) {
            end(new Failure(Kind.FIRST_TOKEN_TIMEOUT, "it did not answer in time"));
        }
    }

    private void end(@Nullable Failure failure) {
        if (over) {
            return;
        }
        over = true;
        close();
        listener.over(relay == null ? 0 : relay.head().status(), failure);
    }

    private void close() {
        loop.unwatch(this);
        if (gathered != null) {
            gathered.release();
            gathered = null;
        }
        if (connection != null) {
            connection.close();
            connection = null;
        }
    }
}
