package io.essaim.cli;

import io.essaim.api.Operation;
import io.essaim.config.AgentRule;
import io.essaim.config.CloudEntry;
import io.essaim.config.Rules;
import io.essaim.fleet.Fleet;
import io.essaim.learn.CostTerms;
import io.essaim.learn.Estimates;
import io.essaim.model.BodyScan;
import io.essaim.model.InvalidBody;
import io.essaim.model.RequestFields;
import io.essaim.selection.Plan;
import io.essaim.selection.RequestedModel;
import io.essaim.selection.Routes;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/** {@code essaim explain}: what a running proxy would do with a request. */
@Command(
        name = "explain",
        description = {
            "Ask a running proxy what it would do with a request now, and why. Nothing is sent to a backend, and of a body",
            "only its size and what it says of model, context and length."
        },
        mixinStandardHelpOptions = true)
final class ExplainCommand implements Callable<Integer> {
    @Mixin
    private AdminClient admin = new AdminClient();

    @Option(
            names = "--model",
            paramLabel = "M",
            description = "the model, as a client would name it (default: the body's)")
    private @Nullable String model;

    @Option(names = "--agent", paramLabel = "A", description = "the agent that asks (default: none)")
    private @Nullable String agent;

    @Option(names = "--body", paramLabel = "FILE", description = "a request's body")
    private @Nullable Path body;

    @Option(
            names = "--offline",
            description =
                    "ask no proxy: say what the rules alone make of it, as if all hosts were well and had all models")
    private boolean offline;

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        StringBuilder query = new StringBuilder();
        String named = model;
        if (body != null) {
            RequestFields fields = fields(body);
            named = named == null ? fields.model() : named;
            query.append("&bytes=").append(Files.size(body));
            if (fields.numCtx() != null) {
                query.append("&context=").append(fields.numCtx());
            }
            query.append("&tokens=").append(fields.mostTokens());
        }
        if (named == null) {
            throw new Main.Complaint("which model? name it with --model M, or a body that has one with --body FILE");
        }
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        if (offline) {
            offline(admin.rules(), named, out);
            return 0;
        }
        if (agent != null) {
            query.append("&agent=").append(URLEncoder.encode(agent, StandardCharsets.UTF_8));
        }
        JsonNode said = admin.get("/explain?model=" + URLEncoder.encode(named, StandardCharsets.UTF_8) + query);
        print(said, out);
        return 0;
    }

    private void offline(Rules rules, String named, PrintWriter out) throws Main.Complaint {
        RequestedModel wanted = RequestedModel.read(named, rules)
                .orElseThrow(() -> new Main.Complaint("--model " + named + ": not a model name"));
        String who = agent != null ? agent : Objects.requireNonNullElse(wanted.agent(), AgentRule.DEFAULT);
        AgentRule rule = rules.agent(who);
        Fleet fleet = new Fleet(rules, System::nanoTime, new Estimates(CostTerms.USUAL));
        Plan plan = new Routes(rules, fleet)
                .plan(wanted.model(), null, rule.numCtx(), rule)
                .within(rule);
        out.println("agent " + rule.name() + ", model " + wanted.model().shortest()
                + (plan.context() == null ? "" : ", context " + plan.context()));
        if (plan.isEmpty()) {
            out.println("no route leads anywhere for this model");
        }
        int number = 0;
        for (var tier : plan.tiers()) {
            number++;
            out.println("tier " + number);
            tier.candidates()
                    .forEach(candidate -> out.println("  " + candidate.backend().name() + ", for "
                            + candidate.model().shortest()));
        }
        withheld(plan.withheld(), out);
        List<CloudEntry> clouds = rules.cloudsOf(who).stream()
                .filter(cloud -> !plan.isEmpty() || cloud.isCalled(wanted.model()))
                .toList();
        clouds.forEach(cloud -> cloud(cloud.backend(), cloud.model(), plan.isEmpty(), out));
        if (clouds.isEmpty()) {
            out.println("no cloud: it stays local");
        }
        out.flush();
    }

    private static RequestFields fields(Path file) throws Main.Complaint {
        try {
            byte[] text = Files.readAllBytes(file);
            return BodyScan.scan(text, 0, text.length, Operation.CHAT);
        } catch (IOException e) {
            throw new Main.Complaint(file + ": cannot be read");
        } catch (InvalidBody e) {
            throw new Main.Complaint(file + ": " + e.text());
        }
    }

    private static void print(JsonNode said, PrintWriter out) {
        JsonNode context = said.path("context");
        out.println("agent " + said.path("agent").asString("") + ", model "
                + said.path("model").asString("") + (context.isNumber() ? ", context " + context.asInt() : ""));
        int waiting = said.path("waiting").asInt(0);
        if (waiting > 0) {
            out.println(waiting + " requests wait for a slot");
        }
        if (said.path("tiers").isEmpty() && !said.path("named").asBoolean()) {
            out.println("no route leads anywhere for this model");
        }
        int number = 0;
        for (JsonNode tier : said.path("tiers")) {
            number++;
            out.println("tier " + number);
            CandidateTable.print(tier.valueStream().toList(), out);
        }
        withheld(said.path("withheld").asString(null), out);
        if (said.path("clouds").isEmpty()) {
            out.println("no cloud: it stays local");
        }
        boolean named = said.path("named").asBoolean();
        for (JsonNode cloud : said.path("clouds")) {
            cloud(cloud.path("backend").asString(""), cloud.path("model").asString(""), named, out);
        }
        out.flush();
    }

    private static void withheld(@Nullable String why, PrintWriter out) {
        if (why != null) {
            out.println(why);
        }
    }

    private static void cloud(String backend, String model, boolean named, PrintWriter out) {
        out.println((named ? "asked for by its name: " : "when none of these can: ") + backend + ", for " + model);
    }
}
