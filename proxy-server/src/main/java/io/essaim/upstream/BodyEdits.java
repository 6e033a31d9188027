package io.essaim.upstream;

import io.essaim.api.Operation;
import io.essaim.config.Pins;
import io.essaim.fleet.Inventory;
import io.essaim.model.ByteSpan;
import io.essaim.model.RequestFields;
import io.essaim.selection.Candidate;
import io.essaim.selection.Plan;
import io.essaim.selection.RequestedModel;
import io.essaim.stream.ModelNameRewriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The edits of a client's body for a backend: the model's name, the context length, and the settings that the agent's
 * rule pins. Confined to the request's event loop.
 */
public final class BodyEdits {
    private final Operation operation;
    private final RequestFields fields;
    private final RequestedModel wanted;
    private final Plan plan;
    private final Pins pins;

    /** @param pins what hosts are told whatever the client says */
    public BodyEdits(Operation operation, RequestFields fields, RequestedModel wanted, Plan plan, Pins pins) {
        this.operation = operation;
        this.fields = fields;
        this.wanted = wanted;
        this.plan = plan;
        this.pins = pins;
    }

    /**
     * What is changed in the body for this backend. A host's own spelling of the model is used where it differs, because chat
     * compares names by case on a real Ollama; the context where the rules say so, if the API can say it.
     */
    public List<BodyEdit> edits(Candidate candidate) {
        List<BodyEdit> edits = BodyEdit.of(fields, otherName(candidate), context());
        if (pins.think() != null && operation.readsThink()) {
            edits.add(pinned(fields.think(), "think", pins.think()));
        }
        if (pins.keepAlive() != null && operation.readsOptions()) {
            edits.add(pinned(fields.keepAlive(), "keep_alive", pins.keepAlive()));
        }
        return BodyEdit.ordered(edits);
    }

    /** Under which name a backend is asked; null for the client's. */
    private @Nullable String otherName(Candidate candidate) {
        String spelled = spelling(candidate);
        boolean same = !wanted.renamed()
                && !candidate.renamed()
                && plan.model().shortest().equals(spelled);
        return same ? null : spelled;
    }

    private BodyEdit pinned(@Nullable ByteSpan at, String key, String value) {
        return BodyEdit.member(fields, at, key, value.getBytes(StandardCharsets.US_ASCII));
    }

    /** The {@code keep_alive} that hosts are told whatever the client says, as JSON; null for the client's. */
    @Nullable
    public String keepAlive() {
        return operation.readsOptions() ? pins.keepAlive() : null;
    }

    /** The host's own name for the model, as far as is known. */
    public static String spelling(Candidate candidate) {
        Inventory.Installed installed = candidate.backend().inventory().find(candidate.model());
        return installed == null ? candidate.model().shortest() : installed.spelling();
    }

    /** The context that hosts are asked for, in tokens; null for their own. */
    @Nullable
    public Integer context() {
        return plan.context();
    }

    /** What puts the client's name for the model into the answer; null when the backend is asked under it. */
    @Nullable
    public ModelNameRewriter echo(Candidate candidate) {
        String other = otherName(candidate);
        return operation.infers() && other != null && !other.equals(wanted.asked())
                ? new ModelNameRewriter(other, wanted.asked())
                : null;
    }
}
