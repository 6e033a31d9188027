package io.essaim.benchmarks.simulate;

import io.essaim.api.Failure;

/** What a policy keeps of an attempt that it decided on. Told of the first token at most once, and of one end. */
interface Place {

    /** Seconds that the first token may take. */
    double patience();

    void firstToken();

    /** The whole answer came. */
    void finished(Attempt attempt);

    /** Also {@link Failure.Kind#CLIENT_GONE}, when nobody wants the answer any more. */
    void failed(Failure failure);
}
