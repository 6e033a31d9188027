package io.essaim.frontend;

import io.essaim.api.Operation;
import io.essaim.http.Answer;
import io.essaim.http.RouteId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The answers of Ollama 0.15.2, different on every route, to a request whose model is missing or has an impossible
 * name.
 */
final class BadModel {
    private BadModel() {}

    /** @param sent the name as sent; null when there was none */
    static Answer answer(Operation operation, @Nullable String sent, RouteId id) {
        String name = sent == null ? "" : sent;
        String shown = sent == null ? "registry.ollama.ai/library/!MISSING!:latest" : sent;
        int status;
        String text;
        switch (operation) {
            case GENERATE, V1_COMPLETIONS -> {
                status = 404;
                text = "model '" + name + "' not found";
            }
            case EMBED, V1_EMBEDDINGS -> {
                status = sent == null ? 500 : 404;
                text = sent == null
                        ? "unqualified name: " + shown
                        : "model \"" + name + "\" not found, try pulling it first";
            }
            case SHOW -> {
                status = sent == null ? 400 : 500;
                text = sent == null ? "model is required" : "unqualified name: " + shown;
            }
            default -> {
                status = 400;
                text = "model is required";
            }
        }
        Answer answer = Answer.error(operation.surface(), status, text, id.toString());
        return new Answer(
                answer.status(),
                answer.contentType(),
                answer.body(),
                List.of("X-Essaim-Reason: bad_model"),
                status < 500);
    }
}
