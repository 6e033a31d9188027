package io.essaim.client;

import io.essaim.api.Operation;
import io.essaim.config.CloudEntry;
import io.essaim.dialect.ClientDialect;
import io.essaim.model.ModelName;
import io.essaim.selection.Choice;
import io.essaim.selection.RequestedModel;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Which clouds a request asks for by the name of its model.
 *
 * @param named clouds of its agent whose model has that name; empty for none, and for what no cloud can be asked
 * @param shown whether the listings show the agent a cloud's model under it: hosts are not asked then, though a route may
 *     send them such a name too
 */
public record CloudPreference(List<CloudEntry> named, boolean shown) {
    private static final CloudPreference NONE = new CloudPreference(List.of(), false);

    /** About the time after which a cloud that was busy is asked again. */
    private static final int RETRY_SECONDS = 5;

    /**
     * The wish of one request.
     *
     * @param clouds that the agent may ask
     * @param listed whether a name is that of a cloud's model in the agent's listings
     */
    public static CloudPreference of(
            List<CloudEntry> clouds, Operation operation, RequestedModel wanted, Predicate<ModelName> listed) {
        if (clouds.isEmpty() || ClientDialect.of(operation).isEmpty()) {
            return NONE;
        }
        List<CloudEntry> named =
                clouds.stream().filter(entry -> entry.isCalled(wanted.model())).toList();
        return named.isEmpty() ? NONE : new CloudPreference(named, listed.test(wanted.model()));
    }

    /** Whether hosts have nothing to do with it: a name that nobody knows is a mistake, unless it is a cloud's own. */
    private boolean onlyNamed(Choice.@Nullable Refused refused) {
        return shown || refused != null && refused.reason() == Choice.Reason.NO_SUCH_MODEL;
    }

    /**
     * Which clouds come into question.
     *
     * @param refused why no host can answer; null when hosts failed
     */
    public Predicate<CloudEntry> which(Choice.@Nullable Refused refused) {
        return onlyNamed(refused) ? named::contains : entry -> true;
    }

    /**
     * The refusal that is due when none of them can answer.
     *
     * @param refused why no host can answer; null when hosts failed
     * @param mishaps why no cloud can
     */
    public Choice.@Nullable Refused otherwise(Choice.@Nullable Refused refused, String mishaps) {
        return named.isEmpty() || !onlyNamed(refused)
                ? refused
                : new Choice.Refused(
                        Choice.Reason.NO_HEALTHY_BACKEND,
                        503,
                        "no cloud can run " + named.get(0).model() + " now: " + mishaps,
                        RETRY_SECONDS);
    }
}
