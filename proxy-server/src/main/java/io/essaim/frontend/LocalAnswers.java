package io.essaim.frontend;

import io.essaim.api.Operation;
import io.essaim.fleet.FleetListing;
import io.essaim.http.Answer;
import io.essaim.selection.RequestedModel;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The answers of operations that need no backend. */
final class LocalAnswers {
    private LocalAnswers() {}

    static Answer to(Operation operation, AdmissionControl.Admit admit, FrontendServices services) {
        Caller caller = admit.caller();
        String path = admit.request().path();
        FleetListing fleet = services.listings().to(caller, services.rules());
        return switch (operation) {
            case ROOT -> Answer.text(200, Answer.TEXT, "Ollama is running");
            case VERSION -> Answer.json(fleet.version());
            case STATUS -> Answer.json("{\"cloud\":{\"disabled\":false,\"source\":\"none\"}}");
            case TAGS -> Answer.json(fleet.tags());
            case PS -> Answer.json(fleet.ps());
            case V1_MODELS -> v1(fleet.v1Models());
            case V1_MODEL -> v1Model(path.substring(Operation.V1_MODEL.path().length()), caller, services);
            default -> throw new IllegalArgumentException(operation + " needs a backend");
        };
    }

    private static Answer v1Model(String name, Caller caller, FrontendServices services) {
        RequestedModel said = RequestedModel.read(name, services.rules()).orElse(null);
        Caller asking = caller.as(said == null ? null : said.agent());
        RequestedModel wanted = said == null
                ? null
                : RequestedModel.orDefault(said, services.rules().agent(asking.agent()), services.rules());
        String row = wanted == null
                ? null
                : services.listings().to(asking, services.rules()).v1Model(name, wanted.model());
        return row != null
                ? v1(row)
                : Answer.error(Operation.V1_MODEL.surface(), 404, "model '" + name + "' not found", "");
    }

    private static Answer v1(String body) {
        return new Answer(200, "application/json", body.getBytes(StandardCharsets.UTF_8), List.of(), false);
    }
}
