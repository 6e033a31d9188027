package io.essaim.benchmarks.compare;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** Tells an outcome to people (tables) and to programs (JSON). */
final class Report {

    private final Outcome outcome;
    private final Settings settings;

    Report(Outcome outcome, Settings settings) {
        this.outcome = outcome;
        this.settings = settings;
    }

    String text() {
        StringBuilder text = new StringBuilder();
        outcome.machine()
                .forEach((name, value) ->
                        text.append(name).append(": ").append(value).append('\n'));
        outcome.candidates()
                .forEach((name, version) ->
                        text.append(name).append(": ").append(version).append('\n'));
        text.append("\nCost of a proxy (medians of ")
                .append(settings.rounds())
                .append(" rounds; each candidate alone: " + "started, warmed up, measured, stopped)\n");
        text.append(
                "CPU: microseconds per relayed token, whole process tree. TTFT: microseconds added to the direct way; "
                        + "c: connections asking.\n\n");
        text.append(costs().render());
        text.append("\nRaw figures (TTFT in microseconds; harness: CPU microseconds per token of backend and client; "
                + "on time: share of the due tokens; busy: processors in use)\n\n");
        text.append(raw().render());
        section(text, "WARNING", outcome.warnings(settings));
        section(
                text,
                "SKIPPED",
                outcome.skipped().stream()
                        .map(name -> name + " is not installed: skipped")
                        .toList());
        section(text, "FAILED", outcome.failures());
        return text.toString();
    }

    String json() {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("machine", outcome.machine());
        tree.put("candidates", outcome.candidates());
        tree.put("skipped", outcome.skipped());
        tree.put("settings", settings);
        tree.putAll(outcome.samples().medians());
        tree.put("rounds", outcome.samples().rounds());
        tree.put("warnings", outcome.warnings(settings));
        tree.put("failures", outcome.failures());
        return JsonMapper.builder()
                .enable(SerializationFeature.INDENT_OUTPUT)
                .build()
                .writeValueAsString(tree);
    }

    private TextTable costs() {
        List<String> header = new ArrayList<>(List.of("candidate"));
        settings.streams().forEach(streams -> header.add("CPU@" + streams));
        latencyHeader(header, "+TTFT");
        settings.streams().forEach(streams -> header.add("RSS MiB@" + streams));
        TextTable table = new TextTable(header);
        for (String name : outcome.candidates().keySet()) {
            if (!name.equals(Candidate.DIRECT.name())) {
                List<String> row = new ArrayList<>(List.of(name));
                loads(row, "cpuMicrosPerToken", name, 1);
                latencies(row, "addedTtftMicros", name);
                loads(row, "rssMiB", name, 1);
                table.row(row);
            }
        }
        return table;
    }

    private TextTable raw() {
        List<String> header = new ArrayList<>(List.of("candidate"));
        latencyHeader(header, "TTFT");
        Settings.LATENCY_CONNECTIONS.forEach(connections -> header.add("req/s c" + connections));
        settings.streams().forEach(streams -> header.add("harness@" + streams));
        settings.streams().forEach(streams -> header.add("on time@" + streams));
        settings.streams().forEach(streams -> header.add("busy@" + streams));
        TextTable table = new TextTable(header);
        for (String name : outcome.candidates().keySet()) {
            List<String> row = new ArrayList<>(List.of(name));
            latencies(row, "ttftMicros", name);
            for (int connections : Settings.LATENCY_CONNECTIONS) {
                row.add(TextTable.cell(outcome.samples().median("requestsPerSecond", name, "c" + connections), 0));
            }
            loads(row, "harnessCpuMicrosPerToken", name, 1);
            loads(row, "deliveredRate", name, 3);
            loads(row, "busyProcessors", name, 2);
            table.row(row);
        }
        return table;
    }

    private static void latencyHeader(List<String> header, String title) {
        for (int connections : Settings.LATENCY_CONNECTIONS) {
            header.add(title + " c" + connections + " p50");
            header.add("p99");
        }
    }

    private void latencies(List<String> row, String metric, String name) {
        for (int connections : Settings.LATENCY_CONNECTIONS) {
            row.add(TextTable.cell(outcome.samples().median(metric, name, "c" + connections, "p50"), 0));
            row.add(TextTable.cell(outcome.samples().median(metric, name, "c" + connections, "p99"), 0));
        }
    }

    private void loads(List<String> row, String metric, String name, int decimals) {
        for (int streams : settings.streams()) {
            row.add(TextTable.cell(outcome.samples().median(metric, name, Integer.toString(streams)), decimals));
        }
    }

    private static void section(StringBuilder text, String title, List<String> lines) {
        if (!lines.isEmpty()) {
            text.append('\n');
            lines.forEach(line -> text.append(title).append(": ").append(line).append('\n'));
        }
    }
}
