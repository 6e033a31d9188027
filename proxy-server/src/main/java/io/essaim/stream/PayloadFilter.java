package io.essaim.stream;

import io.essaim.api.Failure;
import io.netty.buffer.ByteBuf;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Looks at the payload of one answer on its way to the client and may change it. One event loop. */
public interface PayloadFilter {
    /**
     * The payload as it goes on, in pieces. What is kept back comes with a later call.
     *
     * @param in not changed, not released; the pieces hold references of their own
     */
    List<ByteBuf> pass(ByteBuf in, int index, int length);

    /** What was kept back, now that nothing more comes. */
    default List<ByteBuf> rest() {
        return List.of();
    }

    /** Why the backend must not be listened to any longer; null when nothing speaks against it. */
    default @Nullable Failure fault() {
        return null;
    }

    /** Whether all that was passed on so far are whole frames. */
    default boolean betweenFrames() {
        return false;
    }
}
