package io.essaim.cli;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/** {@code essaim why}: what a running proxy did with a request, and why. */
@Command(
        name = "why",
        description = {
            "Tell what a running proxy did with a request, step by step; without ID, list the latest requests.",
            "The ID stands in X-Essaim-Route-Id of every answer and at the beginning of each line of the access log."
        },
        mixinStandardHelpOptions = true)
final class WhyCommand implements Callable<Integer> {
    /** Seconds; less than this is no queue. */
    private static final double WORTH_TELLING = 0.1;

    @Mixin
    private AdminClient admin = new AdminClient();

    @Parameters(arity = "0..1", paramLabel = "ID", description = "the request")
    private @Nullable String id;

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        if (id == null) {
            list(admin.get("/why"), out);
        } else if (!id.matches("[0-9a-zA-Z]+")) {
            throw new Main.Complaint(id + ": this is no id of a request; ids are hexadecimal");
        } else {
            story(admin.get("/why/" + id), out);
        }
        out.flush();
        return 0;
    }

    private static void list(JsonNode all, PrintWriter out) {
        TextTable table = new TextTable("ID", "TIME", "AGENT", "MODEL", "BACKEND", "FIRST TOKEN", "TOTAL", "OUTCOME");
        for (JsonNode row : all.path("requests")) {
            JsonNode first = row.path("firstTokenSeconds");
            table.row(
                    row.path("id").asString(""),
                    row.path("time").asString(""),
                    row.path("agent").asString(""),
                    row.path("model").asString(""),
                    row.path("backend").asString("-"),
                    first.isNumber() ? seconds(first) : "-",
                    seconds(row.path("seconds")),
                    row.path("outcome").asString(""));
        }
        table.print(out);
    }

    private static void story(JsonNode story, PrintWriter out) {
        out.println(story.path("time").asString("") + "  " + story.path("path").asString("") + "  agent "
                + story.path("agent").asString("") + "  model "
                + story.path("model").asString(""));
        double before = 0;
        for (JsonNode step : story.path("steps")) {
            double at = step.path("at").asDouble(0);
            out.println(at(at) + said(step, at - before));
            boolean refused = step.path("step").asString("").equals("refused");
            if (step.path("candidates").size() > (refused ? 0 : 1)) {
                CandidateTable.print(step.path("candidates").valueStream().toList(), out);
            }
            before = at;
        }
        out.println(
                at(story.path("seconds").asDouble(0)) + story.path("outcome").asString(""));
    }

    /** @param since seconds since the step before */
    private static String said(JsonNode step, double since) {
        return switch (step.path("step").asString("")) {
            case "chosen" ->
                (since >= 0.001 ? "after " + millis(since) + " for a slot: " : "")
                        + step.path("backend").asString("") + " is chosen, for "
                        + step.path("model").asString("") + ", from tier "
                        + step.path("tier").asInt(0);
            case "cloud" ->
                "nothing local can answer: " + step.path("backend").asString("") + " is asked, for "
                        + step.path("model").asString("");
            case "passed over" ->
                step.path("backend").asString("") + " is not asked: "
                        + step.path("message").asString("");
            case "loading" -> {
                int eta = step.path("etaSeconds").asInt(0);
                yield "the model is not in memory there: it is loaded first"
                        + (eta > 0 ? ", which should take " + eta + " s" : "");
            }
            case "sent" -> "the request is sent";
            case "begun" -> "the answer begins";
            case "hedged" -> "nothing has come: " + step.path("backend").asString("") + " is asked too";
            case "alone" -> step.path("backend").asString("") + " goes on alone";
            case "wrote" -> wrote(step);
            case "rescued" -> "the answer goes on where it broke off";
            case "failed" ->
                "it fails (" + step.path("kind").asString("") + "): "
                        + step.path("message").asString("");
            case "refused" ->
                "nobody can take it (" + step.path("reason").asString("") + "): "
                        + step.path("message").asString("");
            default -> step.toString();
        };
    }

    private static String wrote(JsonNode step) {
        double rate = step.path("tokensPerSecond").asDouble(0);
        long prompt = step.path("promptTokens").asLong(0);
        double queued = step.path("queuedSeconds").asDouble(0);
        return "the answer is complete: " + step.path("outputTokens").asLong(0) + " tokens"
                + (rate > 0 ? String.format(Locale.ROOT, ", %.1f a second", rate) : "")
                + (prompt > 0 ? ", to a prompt of " + prompt : "")
                + (queued >= WORTH_TELLING
                        ? String.format(Locale.ROOT, "; it waited %.1f s inside the host, behind others", queued)
                        : "");
    }

    private static String at(double seconds) {
        return TextTable.padded(String.format(Locale.ROOT, "%10.1f ms  ", seconds * 1000), 15);
    }

    private static String millis(double seconds) {
        return String.format(Locale.ROOT, "%.0f ms", seconds * 1000);
    }

    private static String seconds(JsonNode number) {
        return String.format(Locale.ROOT, "%.3f s", number.asDouble(0));
    }
}
