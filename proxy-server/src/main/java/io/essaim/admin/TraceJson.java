package io.essaim.admin;

import io.essaim.api.Json;
import io.essaim.why.RequestTrace;
import io.essaim.why.Step;
import java.time.temporal.ChronoUnit;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Traces of requests as JSON; times are seconds since the request was whole. Any thread. */
final class TraceJson {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private TraceJson() {}

    /** One story with all its steps. */
    static String of(RequestTrace story, long now) {
        ObjectNode all = head(story, now);
        ArrayNode steps = all.putArray("steps");
        for (RequestTrace.At at : story.steps()) {
            steps.add(step(at));
        }
        return text(all);
    }

    /** Several traces, each without its steps. */
    static String list(List<RequestTrace> traces, long now) {
        ObjectNode all = NODES.objectNode();
        ArrayNode rows = all.putArray("requests");
        traces.forEach(story -> rows.add(head(story, now)));
        return text(all);
    }

    private static ObjectNode head(RequestTrace story, long now) {
        ObjectNode row = NODES.objectNode();
        row.put("id", story.id());
        row.put("time", story.time().truncatedTo(ChronoUnit.MILLIS).toString());
        row.put("path", story.path());
        row.put("agent", story.agent());
        row.put("client", story.client());
        row.put("model", story.model());
        RequestTrace.End end = story.end();
        row.put("outcome", end == null ? "under way" : end.outcome());
        row.put("seconds", seconds(end == null ? story.age(now) : end.nanos()));
        String backend = null;
        for (RequestTrace.At at : story.steps()) {
            if (at.step() instanceof Step.Chosen chosen) {
                backend = chosen.backend();
            } else if (at.step() instanceof Step.Cloud cloud) {
                backend = cloud.backend();
            } else if (at.step() instanceof Step.Alone alone) {
                backend = alone.backend();
            } else if (at.step() instanceof Step.Begun) {
                row.put("firstTokenSeconds", seconds(at.nanos()));
            }
        }
        row.put("backend", backend);
        return row;
    }

    private static ObjectNode step(RequestTrace.At at) {
        ObjectNode row = NODES.objectNode();
        row.put("at", seconds(at.nanos()));
        Step step = at.step();
        if (step instanceof Step.Chosen chosen) {
            row.put("step", "chosen");
            row.put("backend", chosen.backend());
            row.put("model", chosen.model());
            row.put("tier", chosen.tier() + 1);
            ArrayNode candidates = row.putArray("candidates");
            chosen.considered().forEach(one -> candidates.add(CandidateJson.of(one)));
        } else if (step instanceof Step.Cloud cloud) {
            row.put("step", "cloud");
            row.put("backend", cloud.backend());
            row.put("model", cloud.model());
        } else if (step instanceof Step.Loading loading) {
            row.put("step", "loading");
            row.put("etaSeconds", loading.etaSeconds());
        } else if (step instanceof Step.Sent) {
            row.put("step", "sent");
        } else if (step instanceof Step.Begun) {
            row.put("step", "begun");
        } else if (step instanceof Step.Hedged hedged) {
            row.put("step", "hedged");
            row.put("backend", hedged.backend());
            row.put("model", hedged.model());
        } else if (step instanceof Step.Alone alone) {
            row.put("step", "alone");
            row.put("backend", alone.backend());
        } else if (step instanceof Step.Rescued) {
            row.put("step", "rescued");
        } else if (step instanceof Step.Wrote wrote) {
            wrote(wrote, row);
        } else {
            mishap(step, row);
        }
        return row;
    }

    private static void wrote(Step.Wrote wrote, ObjectNode row) {
        row.put("step", "wrote");
        row.put("promptTokens", wrote.promptTokens());
        row.put("outputTokens", wrote.outputTokens());
        row.put("tokensPerSecond", Math.round(wrote.tokensPerSecond() * 10) / 10.0);
        row.put("queuedSeconds", Math.round(wrote.queuedSeconds() * 1000) / 1000.0);
    }

    private static void mishap(Step step, ObjectNode row) {
        if (step instanceof Step.Failed failed) {
            row.put("step", "failed");
            row.put("kind", failed.kind());
            row.put("message", failed.message());
        } else if (step instanceof Step.PassedOver over) {
            row.put("step", "passed over");
            row.put("backend", over.backend());
            row.put("message", over.why());
        } else if (step instanceof Step.Refused refused) {
            row.put("step", "refused");
            row.put("reason", refused.reason());
            row.put("message", refused.message());
            ArrayNode candidates = row.putArray("candidates");
            refused.considered().forEach(one -> candidates.add(CandidateJson.of(one)));
        }
    }

    /** To a tenth of a millisecond. */
    private static double seconds(long nanos) {
        return Math.round(nanos / 1e5) / 1e4;
    }

    private static String text(ObjectNode all) {
        StringBuilder text = new StringBuilder(1024);
        Json.write(all, text);
        return text.append('\n').toString();
    }
}
