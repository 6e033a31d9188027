package io.essaim.http;

import io.netty.buffer.ByteBuf;

/** Takes the body of a request as it arrives, because it is too large to be held. Confined to the client's event loop. */
public interface BodySink {
    /** Takes over a piece of the body. */
    void piece(ByteBuf piece);

    /** The body is complete. */
    void bodyOver();
}
