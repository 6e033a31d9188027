package io.essaim.relay;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The field lines that tell a client where its answer comes from. */
final class Trace {
    private Trace() {}

    /**
     * The lines; more may be added.
     *
     * @param attempts backends that were asked
     * @param answering the one whose answer it is; null when it is ours
     */
    static List<String> fields(RouteId id, int attempts, @Nullable Attempt answering) {
        return answering == null
                ? fields(id, attempts)
                : fields(
                        id,
                        attempts,
                        answering.backend().name(),
                        answering.taken().candidate().model().shortest());
    }

    /** The lines of an answer that comes from a backend, under the name that the model has there. */
    static List<String> fields(RouteId id, int attempts, String backend, String model) {
        List<String> fields = fields(id, attempts);
        fields.add("X-Essaim-Backend: " + backend);
        fields.add("X-Essaim-Model: " + model);
        return fields;
    }

    private static List<String> fields(RouteId id, int attempts) {
        List<String> fields = new ArrayList<>(6);
        fields.add("X-Essaim-Route-Id: " + id);
        fields.add("X-Essaim-Attempts: " + attempts);
        return fields;
    }
}
