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
        List<String> fields = new ArrayList<>(6);
        fields.add("X-Essaim-Route-Id: " + id);
        fields.add("X-Essaim-Attempts: " + attempts);
        if (answering != null) {
            fields.add("X-Essaim-Backend: " + answering.backend().name());
            fields.add(
                    "X-Essaim-Model: " + answering.taken().candidate().model().shortest());
        }
        return fields;
    }
}
