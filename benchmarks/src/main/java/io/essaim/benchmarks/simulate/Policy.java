package io.essaim.benchmarks.simulate;

import io.essaim.api.Failure;

/** Shares requests out among hosts. One proxy has one. */
interface Policy {

    /**
     * Decides about a request, now or later, by one call of {@link Proxy#send} or {@link Proxy#refuse}. Called again for a request
     * whose attempt failed, if {@link #again} said so.
     */
    void route(Request request, Proxy proxy);

    /** Whether a request that failed without a word to the client may be sent elsewhere. */
    boolean again(Request request, Failure failure);
}
