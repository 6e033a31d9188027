package io.essaim.stream;

import static io.netty.handler.codec.ByteToMessageDecoder.MERGE_CUMULATOR;

import io.essaim.http.BadMessage;
import io.essaim.http.Response;
import io.essaim.http.ResponseReader;
import io.netty.buffer.ByteBuf;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Gathers the bytes of a backend's answer until its head is whole. One event loop. */
public final class ResponseHeadBuffer {
    private final ResponseReader reader = new ResponseReader();
    private @Nullable ByteBuf gathered;

    /**
     * More bytes came.
     *
     * @param in not released here
     * @return the head; null when it is not whole yet
     */
    @Nullable
    public Response take(ByteBuf in) throws BadMessage {
        ByteBuf all = gathered == null ? in.retain() : MERGE_CUMULATOR.cumulate(in.alloc(), gathered, in.retain());
        gathered = all;
        return reader.next(all, false);
    }

    /** What came behind the head; the caller's to release. */
    public ByteBuf rest() {
        ByteBuf all = Objects.requireNonNull(gathered);
        gathered = null;
        return all;
    }

    /** Whether there are no bytes of it. */
    public boolean isEmpty() {
        return gathered == null;
    }

    public void release() {
        if (gathered != null) {
            gathered.release();
            gathered = null;
        }
    }
}
