package io.essaim.client;

import io.essaim.fault.Guarded;
import io.essaim.http.Answer;
import io.essaim.http.BodySink;
import io.essaim.http.Request;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The client's side of one exchange. Confined to its event loop. */
public interface ClientStream extends Guarded {
    ByteBufAllocator alloc();

    Request request();

    /** Field lines that every answer to this request carries. */
    List<String> fields();

    /** Whether the connection may live on after this answer. */
    boolean keepAlive();

    /** Writes a whole answer of our own and is {@link #finished} with it. */
    void answer(Answer answer);

    /**
     * Notes a refusal that is not an answer of its own, but the end of a stream that had begun.
     *
     * @param status that the answer would have had
     * @param own field lines that it would have had
     */
    void refused(int status, List<String> own);

    /** Takes over wire bytes; {@link #flush} sends them. */
    void write(ByteBuf piece);

    void flush();

    /**
     * Hands on the body of a request that is not held.
     *
     * @param sink gets what has arrived and what arrives; null to let it wait
     */
    void bodyTo(@Nullable BodySink sink);

    /** Whether it reads fast enough. */
    boolean isWritable();

    /**
     * The answer is complete.
     *
     * @param keepAlive whether the connection may serve the next request; as the answer's head said
     */
    void finished(boolean keepAlive);

    /** The answer cannot be completed: sends what was written, then closes without a proper end. */
    void abort();

    /** The client takes nothing: closes at once, without waiting for what was written. */
    void drop();
}
