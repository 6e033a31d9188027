package io.essaim.exchange;

import io.essaim.api.Failure;
import io.essaim.fault.Guarded;
import io.essaim.stream.Relay;
import org.jspecify.annotations.Nullable;

/** The reports of an attempt to its exchange. Each comes at most once; {@code complete} or {@code failed} is the last. */
interface AttemptListener extends Guarded {
    /** The head of an answer came that does what was asked. */
    void answers(Attempt attempt);

    /** The answer is good and begins; its pieces are to be taken with {@link Relay#open}. */
    void begun(Attempt attempt, Relay relay);

    void complete(Attempt attempt);

    /** @param answer the backend's own error answer, complete and held, to be opened or discarded; null when there is none */
    void failed(Attempt attempt, Failure failure, @Nullable Relay answer);
}
