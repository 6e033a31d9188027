package io.essaim.upstream;

import static io.netty.handler.codec.ByteToMessageDecoder.MERGE_CUMULATOR;

import io.essaim.api.Failure;
import io.essaim.api.Failure.Kind;
import io.essaim.fault.Guarded;
import io.essaim.fleet.Backend;
import io.essaim.http.BadMessage;
import io.essaim.http.Response;
import io.essaim.http.ResponseReader;
import io.essaim.stream.AnswerTap;
import io.essaim.stream.Relay;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP request of Essaim's own to one backend: for models, loads, canaries and clouds. It takes no lease. Confined
 * to its event loop.
 */
public final class BackendCall implements BackendPool.Waiter, BackendConnection.Owner, Loop.Timed {
    /** Who hears the answer. */
    public interface Listener extends Guarded {
        /** The answer's head came. */
        default void head(Response response) {}

        /**
         * A part of the answer's body.
         *
         * @param piece released by the caller
         */
        void payload(int status, ByteBuf piece);

        /** It is connected; a body that comes in pieces may come now. */
        default void ready() {}

        /** What came at once has been handed on. */
        default void burstOver() {}

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
    private final CallRequest order;
    private final Listener listener;
    private final ResponseReader reader = new ResponseReader();
    private @Nullable BackendConnection connection;
    private @Nullable ByteBuf gathered;
    private @Nullable Relay relay;
    private @Nullable ChannelFuture written;
    private long lastByte;
    private boolean freshTried;
    private boolean over;

    public BackendCall(Loop loop, Backend backend, CallRequest order, Listener listener) {
        this.loop = loop;
        this.backend = backend;
        this.order = order;
        this.listener = listener;
        this.lastByte = loop.now();
    }

    public void start() {
        loop.watch(this);
        loop.pool(backend).acquire(!order.shares(), this);
    }

    @Override
    public void connected(BackendConnection fresh) {
        if (over) {
            fresh.close();
            return;
        }
        connection = fresh;
        fresh.take(this);
        written = send(order.head(backend.rule().url()));
        if (order.body() != null) {
            fresh.channel().write(Unpooled.wrappedBuffer(order.body()));
        }
        fresh.channel().flush();
        listener.ready();
    }

    private @Nullable ChannelFuture send(String text) {
        return connection == null
                ? null
                : connection.channel().write(Unpooled.wrappedBuffer(text.getBytes(StandardCharsets.ISO_8859_1)));
    }

    /**
     * Whether the backend cannot have read the request: the kernel never took all of its head. What the kernel took may have been read,
     * whatever became of the connection.
     */
    public boolean unread() {
        return written == null || written.isDone() && !written.isSuccess();
    }

    /** Takes over a piece of the body; one that comes when the call is over is dropped. */
    public void piece(ByteBuf piece) {
        if (connection == null) {
            piece.release();
            return;
        }
        lastByte = loop.now();
        if (order.length() < 0) {
            send(Integer.toHexString(piece.readableBytes()) + "\r\n");
        }
        connection.channel().write(piece);
        if (order.length() < 0) {
            send("\r\n");
        }
        connection.channel().flush();
    }

    /** No more pieces come. */
    public void bodyOver() {
        lastByte = loop.now();
        if (order.length() < 0) {
            send("0\r\n\r\n");
        }
        if (connection != null) {
            connection.channel().flush();
        }
    }

    /** Whether pieces leave as fast as they come; also when it does not matter any more. */
    public boolean writable() {
        return connection == null || connection.channel().isWritable();
    }

    @Override
    public void drained() {
        lastByte = loop.now();
        listener.drained();
    }

    /** Gives up without a last word. */
    public void cancel() {
        over = true;
        close();
    }

    @Override
    public void failed(Failure failure) {
        end(failure);
    }

    /** Our own, so nothing that the backend did: it is cut off. */
    @Override
    public void fault(Throwable cause) {
        over = true;
        close();
        listener.fault(cause);
    }

    @Override
    public void bytes(ByteBuf in) {
        try {
            lastByte = loop.now();
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
        Response response = reader.next(all, order.method().equals("HEAD"));
        if (response == null) {
            return;
        }
        gathered = null;
        Relay fresh = new Relay(response, new AnswerTap.Whole(), true, false, null);
        fresh.open(piece -> {
            try {
                listener.payload(response.status(), piece);
            } finally {
                piece.release();
            }
        });
        relay = fresh;
        listener.head(response);
        try {
            body(fresh, all);
        } finally {
            all.release();
        }
    }

    private void body(Relay answer, ByteBuf in) throws BadMessage {
        answer.accept(in);
        if (!over && answer.ended()) {
            if (connection != null && order.shares() && !in.isReadable()) {
                connection.giveBack(answer.head().keepAlive());
                connection = null;
            }
            end(null);
        }
    }

    @Override
    public void burstOver() {
        if (!over) {
            listener.burstOver();
        }
    }

    /** Stops reading, or goes on. */
    public void pause(boolean stop) {
        if (connection != null) {
            connection.channel().config().setAutoRead(!stop);
        }
    }

    @Override
    public void gone(String why, boolean broken) {
        boolean reused = connection != null && connection.used();
        connection = null;
        if (reused && unread() && !freshTried && !over) {
            freshTried = true; // It died while idle. A POST may not be sent twice otherwise (RFC 9110, 9.2.2).
            written = null;
            loop.pool(backend).acquire(true, this);
            return;
        }
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
        if (now - lastByte > order.patience().toNanos()) {
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
