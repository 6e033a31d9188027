package io.essaim.admin;

import io.essaim.learn.Prediction;
import io.essaim.selection.Choice.Considered;
import java.util.Locale;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** A candidate as it stood when it was looked at, as JSON: whether it could be taken, and what was to be expected of it. Any thread. */
final class CandidateJson {
    private CandidateJson() {}

    static ObjectNode of(Considered considered) {
        ObjectNode row = JsonNodeFactory.instance.objectNode();
        row.put("backend", considered.candidate().backend().name());
        row.put("model", considered.candidate().model().shortest());
        row.put(
                "standing",
                considered.standing().name().toLowerCase(Locale.ROOT).replace('_', ' '));
        Prediction expected = considered.prediction();
        if (expected != null) {
            row.put("ttftSeconds", rounded(expected.ttftSeconds()));
            row.put("tpotSeconds", rounded(expected.tpotSeconds()));
            row.put("loadSeconds", rounded(expected.loadSeconds()));
            row.put("waitSeconds", rounded(expected.waitSeconds()));
            row.put("outputTokens", Math.round(expected.outputTokens()));
            row.put("promptTokens", expected.promptTokens());
            row.put("cachedTokens", expected.cachedTokens());
            row.put("overdue", rounded(expected.overdue()));
            row.put("confidence", rounded(expected.confidence()));
            row.put("risk", rounded(considered.risk()));
        }
        if (Double.isFinite(considered.cost())) {
            row.put("cost", rounded(considered.cost()));
        }
        return row;
    }

    private static double rounded(double value) {
        return Math.round(value * 1e4) / 1e4;
    }
}
