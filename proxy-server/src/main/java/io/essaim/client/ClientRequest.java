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
 * One request of a client, read and identified.
 *
 * @param operation the operation
 * @param fields what the body says
 * @param wanted the model
 * @param wish the clouds that its model's name means
 * @param agent that it belongs to
 * @param client the client's address, for people
 * @param id names the request in answers and logs
 * @param pass the permit of the agent's quota, ended with the request
 * @param keeper gets a copy of the whole body of a good answer; null for none
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
