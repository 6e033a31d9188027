package io.essaim.client;

import io.essaim.admission.QuotaPermit;
import io.essaim.api.Operation;
import io.essaim.http.RouteId;
import io.essaim.model.RequestFields;
import io.essaim.selection.Candidate;
import io.essaim.selection.RequestedModel;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What is asked.
 *
 * @param operation the operation
 * @param fields what the body says
 * @param wanted the model
 * @param wish the clouds that are asked for by its name
 * @param agent who asks
 * @param client the address of who asks, for people
 * @param id names the request in answers and logs
 * @param pass ended when the request is over
 * @param keeper gets the whole body of a good answer too; null for nobody
 */
public record ClientRequest(
        Operation operation,
        RequestFields fields,
        RequestedModel wanted,
        CloudPreference wish,
        String agent,
        String client,
        RouteId id,
        QuotaPermit pass,
        @Nullable BiConsumer<Candidate, byte[]> keeper) {

    /** The same with somebody who gets the answer too. */
    public ClientRequest kept(BiConsumer<Candidate, byte[]> by) {
        return new ClientRequest(operation, fields, wanted, wish, agent, client, id, pass, by);
    }
}
