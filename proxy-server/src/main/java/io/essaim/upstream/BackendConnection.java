package io.essaim.upstream;

import io.essaim.fault.Guarded;
import io.essaim.fault.InternalFault;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One connection to a backend, owned by one attempt at a time or idle in its pool. It parses nothing: bytes go to the
 * owner. Bytes or an end while it idles make it unusable. Confined to its event loop.
 */
public final class BackendConnection extends ChannelInboundHandlerAdapter {
    /** Who has the connection. */
    public interface Owner extends Guarded {
        /** Takes bytes over. */
        void bytes(ByteBuf in);

        /** A burst of bytes is over. */
        void burstOver();

        /** What was written has left, and more may be written. */
        default void drained() {}

        /**
         * The connection is gone.
         *
         * @param why a sentence
         * @param broken whether it broke (a reset, a cut TLS stream) instead of being closed by the backend
         */
        void gone(String why, boolean broken);
    }

    private final BackendPool pool;
    private @Nullable Channel channel;
    private @Nullable Owner owner;
    private boolean used;
    private String why = "the connection was closed";
    private boolean broken;
    long idleSince;

    BackendConnection(BackendPool pool) {
        this.pool = pool;
    }

    public Channel channel() {
        return Objects.requireNonNull(channel, "not connected");
    }

    boolean isActive() {
        return channel != null && channel.isActive();
    }

    /** Whether it has carried a request before, so that it may have died while idle. */
    public boolean used() {
        return used;
    }

    public void take(Owner newOwner) {
        owner = newOwner;
    }

    /** The owner is done with it; it goes back to the pool if it may be used again. */
    public void giveBack(boolean reusable) {
        owner = null;
        used = true;
        if (reusable && isActive()) {
            channel().config().setAutoRead(true);
            pool.idle(this);
        } else {
            close();
        }
    }

    public void close() {
        owner = null;
        if (channel != null) {
            channel.close();
        }
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        channel = ctx.channel();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        ByteBuf in = (ByteBuf) msg;
        if (owner == null) {
            in.release();
            pool.remove(this);
            ctx.close();
        } else {
            ours(owner, had -> had.bytes(in));
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (owner != null) {
            ours(owner, Owner::burstOver);
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (owner != null && ctx.channel().isWritable()) {
            ours(owner, Owner::drained);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        pool.remove(this);
        Owner had = owner;
        owner = null;
        if (had != null) {
            ours(had, lost -> lost.gone(why, broken));
        }
    }

    /** What our own code throws is caught here, so that it is never taken for something that the backend did. */
    private void ours(Owner had, Consumer<Owner> callback) {
        try {
            callback.accept(had);
        } catch (RuntimeException | Error e) {
            fault(had, e);
        }
    }

    private void fault(Owner had, Throwable cause) {
        InternalFault.end(had, cause);
        if (owner == had) {
            close();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (owner != null && !InternalFault.isOfTransport(cause)) { // Such as no memory to read into.
            fault(owner, cause);
        }
        why = String.valueOf(cause.getMessage());
        broken = true;
        ctx.close();
    }
}
