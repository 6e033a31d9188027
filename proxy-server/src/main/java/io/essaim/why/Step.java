package io.essaim.why;

import io.essaim.selection.Choice.Considered;
import java.util.List;

/** One step of a request: a decision, or an event. Holds no text of a prompt or an answer. */
public sealed interface Step {
    /**
     * A backend was chosen; from the step before up to this one the request waited for a slot.
     *
     * @param backend its name
     * @param model as the backend knows it
     * @param tier index of the tier it came from
     * @param considered the candidates that were looked at for it, as they stood
     */
    record Chosen(String backend, String model, int tier, List<Considered> considered) implements Step {}

    /**
     * Nothing local can answer, so a cloud is asked.
     *
     * @param backend its name
     * @param model as the cloud knows it
     */
    record Cloud(String backend, String model) implements Step {}

    /**
     * A cloud of the agent's was not asked.
     *
     * @param backend its name
     * @param why a clause
     */
    record PassedOver(String backend, String why) implements Step {}

    /**
     * The model is not in memory: it is loaded before the request is sent.
     *
     * @param etaSeconds how long that is believed to take; 0 when nothing is known
     */
    record Loading(int etaSeconds) implements Step {}

    /** There is a connection, and the request is sent. */
    record Sent() implements Step {}

    /** The commit point: the answer reaches the client from here on. */
    record Begun() implements Step {}

    /**
     * Nothing has come: another backend is asked beside the one that was chosen.
     *
     * @param backend its name
     * @param model as the backend knows it
     */
    record Hedged(String backend, String model) implements Step {}

    /**
     * Of two backends that were asked at once this one is waited for alone from here on: it answers, or the other one failed.
     *
     * @param backend its name
     */
    record Alone(String backend) implements Step {}

    /**
     * The answer is complete, and its backend told how much it was.
     *
     * @param promptTokens that were read, cached ones included; 0 when that was not told
     * @param outputTokens that were written, at least 1
     * @param tokensPerSecond of writing; 0 when it cannot be told
     * @param queuedSeconds that it waited inside the backend, behind whatever else runs there; 0 when that cannot be told
     */
    record Wrote(long promptTokens, long outputTokens, double tokensPerSecond, double queuedSeconds) implements Step {}

    /** The answer had broken off, and goes on from here. */
    record Rescued() implements Step {}

    /**
     * The backend failed.
     *
     * @param kind of the failure
     * @param message what happened
     */
    record Failed(String kind, String message) implements Step {}

    /**
     * Nobody could take it.
     *
     * @param reason as in {@code X-Essaim-Reason}
     * @param message what the client was told
     * @param considered the candidates as they stood then
     */
    record Refused(String reason, String message, List<Considered> considered) implements Step {}
}
