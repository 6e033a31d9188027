package io.essaim.client;

import io.essaim.api.Failure;
import io.essaim.http.RouteId;

/** The request that a client connection is busy with. Confined to its event loop. */
public interface ActiveRequest {
    /** Begins; may be over when this returns. */
    void start();

    /** The client reads again, or stopped reading. */
    void writabilityChanged(boolean writable);

    /** The client is gone: nothing more may be written, nobody must work for it. */
    void cancel();

    /** Its name in the log. */
    RouteId id();

    /** It must end now, with a failure that is no backend's: the client is told so in its own dialect, and nobody works for it any more. */
    void stop(Failure why);
}
