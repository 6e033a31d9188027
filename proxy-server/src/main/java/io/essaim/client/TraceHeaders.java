package io.essaim.client;

import io.essaim.http.RouteId;
import java.util.ArrayList;
import java.util.List;

/** The response fields that tell a client where its answer comes from. */
public final class TraceHeaders {
    private TraceHeaders() {}

    /** The lines of an answer that comes from a backend, under the name that the model has there. */
    public static List<String> fields(RouteId id, int attempts, String backend, String model) {
        List<String> fields = fields(id, attempts);
        fields.add("X-Essaim-Backend: " + backend);
        fields.add("X-Essaim-Model: " + model);
        return fields;
    }

    /**
     * The lines of an answer of ours; more may be added.
     *
     * @param attempts backends that were asked
     */
    public static List<String> fields(RouteId id, int attempts) {
        List<String> fields = new ArrayList<>(6);
        fields.add("X-Essaim-Route-Id: " + id);
        fields.add("X-Essaim-Attempts: " + attempts);
        return fields;
    }
}
