package io.essaim.relay;

import io.essaim.api.Operation;
import io.essaim.choose.Candidate;
import io.essaim.choose.Plan;
import io.essaim.choose.Wanted;
import io.essaim.config.ContextRule;
import io.essaim.fleet.Inventory;
import io.essaim.model.RequestFields;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How backends are asked for what one client wants, where that differs from what he wrote: the model's name, the size of the
 * context. Confined to the request's event loop.
 */
final class Asking {
    private final Operation operation;
    private final RequestFields fields;
    private final Wanted wanted;
    private final Plan plan;
    private String sent;

    Asking(Operation operation, RequestFields fields, Wanted wanted, Plan plan) {
        this.operation = operation;
        this.fields = fields;
        this.wanted = wanted;
        this.plan = plan;
        this.sent = wanted.asked();
    }

    /** Where the request may go, and with which context. */
    static Plan plan(Shared shared, Exchange.Ask ask) {
        ContextRule rule = ask.operation().readsOptions()
                ? shared.rules().agent(ask.agent()).numCtx()
                : ContextRule.NONE;
        return shared.routes().plan(ask.wanted().model(), ask.fields().numCtx(), rule);
    }

    /**
     * What is changed in the body for this backend. A host's own spelling of the model is used where it differs, because chat
     * compares names by case on a real Ollama; the context where the rules say so, if the API can say it.
     */
    List<Edit> edits(Candidate candidate) {
        String spelled = spelling(candidate);
        boolean same = !wanted.renamed()
                && !candidate.renamed()
                && plan.model().shortest().equals(spelled);
        sent = same ? wanted.asked() : spelled;
        return Edit.of(fields, same ? null : spelled, context());
    }

    /** The host's own name for the model, as far as is known. */
    static String spelling(Candidate candidate) {
        Inventory.Installed installed = candidate.backend().inventory().find(candidate.model());
        return installed == null ? candidate.model().shortest() : installed.spelling();
    }

    /** The context that hosts are asked for, in tokens; null for their own. */
    @Nullable
    Integer context() {
        return plan.context();
    }

    /** What puts the client's name for the model into the answer; null when the backend was asked under it. */
    @Nullable
    ModelEcho echo() {
        return operation.infers() && !sent.equals(wanted.asked()) ? new ModelEcho(sent, wanted.asked()) : null;
    }
}
