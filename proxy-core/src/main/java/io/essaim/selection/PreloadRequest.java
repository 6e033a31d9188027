package io.essaim.selection;

import io.essaim.fleet.Backend;
import io.essaim.fleet.Inventory;
import io.essaim.model.ModelName;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A model that should be in a backend's memory before it is asked for.
 *
 * @param candidate the backend and the model
 * @param context the context it will be asked for, in tokens; null for the host's own
 * @param forever whether it is to stay there
 */
public record PreloadRequest(Candidate candidate, @Nullable Integer context, boolean forever) {
    /** What Ollama makes of {@code keep_alive: -1} is some 290 years away; a shorter time is a few hours at most. */
    private static final int FAR_YEAR = 2200;

    /**
     * Whether there is something to do about it, and now is a good time: the host is there, has the model on its disk but not
     * in its memory (or not for long), and works on nothing that a load would disturb.
     */
    boolean canBeMet() {
        Backend backend = candidate.backend();
        ModelName model = candidate.model();
        Inventory known = backend.inventory();
        List<Inventory.Loaded> loaded = known.loaded();
        if (backend.health() != Backend.Health.UP
                || backend.inFlight() > 0
                || loaded == null
                || !known.known()
                || known.find(model) == null
                || candidate.remote()) { // To a cloud's model a load is a prompt like any other (Ollama forwards it).
            return false;
        }
        return forever
                ? loaded.stream().noneMatch(row -> row.key().equals(model.key()) && stays(row))
                : !backend.warm(model, backend.now());
    }

    private static boolean stays(Inventory.Loaded row) {
        try {
            return OffsetDateTime.parse(row.row().path("expires_at").asString(""))
                            .getYear()
                    > FAR_YEAR;
        } catch (DateTimeException e) {
            return false;
        }
    }
}
