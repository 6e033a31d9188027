package io.essaim.client;

import io.essaim.api.Operation;
import io.essaim.http.Answer;
import io.essaim.http.RouteId;
import io.essaim.selection.Choice;
import io.essaim.selection.Plan;

/**
 * Ollama's error texts for a model that does not exist (0.15.2: chat, generate and show quote its name one way,
 * embeddings another).
 */
public final class ModelMissing {
    private ModelMissing() {}

    /** The answer to an agent for which there is no such model. */
    public static Answer answer(Operation operation, String asked, RouteId id) {
        return Answer.error(operation.surface(), 404, text(operation, asked), id.toString())
                .with("X-Essaim-Reason: " + Choice.Reason.NO_SUCH_MODEL.word());
    }

    /** What is said when the rules leave nobody to ask: no route for the model, or only to where the agent may not go. */
    public static Choice.Refused refused(Operation operation, String asked, Plan plan) {
        String text = text(operation, asked) + plan.note();
        Choice.Reason reason = plan.withheld() == null ? Choice.Reason.NO_SUCH_MODEL : Choice.Reason.ZONE;
        return new Choice.Refused(reason, 404, text, 0);
    }

    /** The sentence for a model that no backend has; {@code asked} is echoed as sent. */
    public static String text(Operation operation, String asked) {
        return switch (operation) {
            case EMBED, EMBEDDINGS, V1_EMBEDDINGS -> "model \"" + asked + "\" not found, try pulling it first";
            default -> "model '" + asked + "' not found";
        };
    }
}
