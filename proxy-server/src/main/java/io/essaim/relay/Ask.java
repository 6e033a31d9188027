package io.essaim.relay;

import io.essaim.admit.Pass;
import io.essaim.api.Operation;
import io.essaim.choose.Candidate;
import io.essaim.choose.Wanted;
import io.essaim.model.RequestFields;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What is asked.
 *
 * @param operation the operation
 * @param fields what the body says
 * @param wanted the model
 * @param agent who asks
 * @param id names the request in answers and logs
 * @param pass ended when the request is over
 * @param keeper gets the whole body of a good answer too; null for nobody
 */
record Ask(
        Operation operation,
        RequestFields fields,
        Wanted wanted,
        String agent,
        RouteId id,
        Pass pass,
        @Nullable BiConsumer<Candidate, byte[]> keeper) {}
