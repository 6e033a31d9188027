package io.essaim.admin;

import io.essaim.api.Json;
import io.essaim.config.AgentRule;
import io.essaim.config.CloudEntry;
import io.essaim.http.Answer;
import io.essaim.learn.RequestSize;
import io.essaim.selection.Choice.Considered;
import io.essaim.selection.Choice.Standing;
import io.essaim.selection.Plan;
import io.essaim.selection.PromptEstimate;
import io.essaim.selection.RequestedModel;
import io.essaim.selection.Selector;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** What would become of a request that is only described; nothing is sent. Any thread. */
final class Explanation {
    private final AdminView view;

    Explanation(AdminView view) {
        this.view = view;
    }

    /** @param query {@code model}, and perhaps {@code agent}, {@code bytes}, {@code context}, {@code tokens}, {@code stream} */
    Answer answer(@Nullable String query) {
        Map<String, String> asked = parameters(query == null ? "" : query);
        String model = asked.get("model");
        if (model == null) {
            return mistake("which model? ask for /explain?model=NAME, with &agent=, &bytes=, &context= or &tokens=");
        }
        RequestedModel wanted = RequestedModel.read(model, view.rules()).orElse(null);
        if (wanted == null) {
            return mistake("model: not a model name");
        }
        try {
            String named = asked.getOrDefault("agent", wanted.agent() == null ? AgentRule.DEFAULT : wanted.agent());
            AgentRule agent = view.rules().agent(named);
            Integer context = asked.containsKey("context") ? Integer.valueOf(asked.get("context")) : null;
            RequestSize demand = new RequestSize(
                    Long.parseLong(asked.getOrDefault("bytes", "200")),
                    -1,
                    Long.parseLong(asked.getOrDefault("tokens", "0")),
                    !"false".equals(asked.get("stream")));
            Plan plan = view.routes()
                    .plan(wanted.model(), context, agent.numCtx(), agent)
                    .within(agent);
            return Answer.json(json(named, wanted, agent, plan, Selector.look(plan, PromptEstimate.of(demand))));
        } catch (NumberFormatException e) {
            return mistake("bytes, context and tokens are numbers");
        }
    }

    private static Answer mistake(String why) {
        return Answer.text(400, Answer.TEXT, why + "\n");
    }

    private String json(String who, RequestedModel wanted, AgentRule agent, Plan plan, List<List<Considered>> looked) {
        boolean unknown = view.meansCloud().test(who, wanted.model())
                || looked.stream().flatMap(List::stream).allMatch(one -> one.standing() == Standing.MODEL_MISSING);
        List<CloudEntry> clouds = view.rules().cloudsOf(who).stream()
                .filter(cloud -> !unknown || cloud.isCalled(wanted.model()))
                .toList();
        boolean named = unknown && !clouds.isEmpty();
        ObjectNode all = JsonNodeFactory.instance.objectNode();
        all.put("model", wanted.model().shortest());
        all.put("agent", agent.name());
        all.put("context", plan.context());
        all.put("withheld", plan.withheld());
        ArrayNode tiers = all.putArray("tiers");
        for (List<Considered> tier : named ? List.<List<Considered>>of() : looked) {
            ArrayNode row = tiers.addArray();
            tier.forEach(one -> row.add(CandidateJson.of(one)));
        }
        all.put("named", named);
        ArrayNode rows = all.putArray("clouds");
        clouds.forEach(cloud -> rows.addObject().put("backend", cloud.backend()).put("model", cloud.model()));
        all.put("waiting", view.queues().waiting());
        StringBuilder text = new StringBuilder(1024);
        Json.write(all, text);
        return text.append('\n').toString();
    }

    private static Map<String, String> parameters(String query) {
        Map<String, String> found = new HashMap<>();
        for (String pair : query.split("&", -1)) {
            int equals = pair.indexOf('=');
            if (equals > 0) {
                try {
                    String value = URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8);
                    found.put(pair.substring(0, equals), value);
                } catch (IllegalArgumentException e) {
                    found.put(pair.substring(0, equals), ""); // No name and no number is empty.
                }
            }
        }
        return found;
    }
}
