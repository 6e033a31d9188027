package io.essaim.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.JsonNode;

/** Candidates for a request as a table: what was to be expected of each, or why it could not be taken. */
final class CandidateTable {
    private CandidateTable() {}

    /** @param rows in the words of the admin pages */
    static void print(List<JsonNode> rows, PrintWriter out) {
        TextTable table = new TextTable(
                "  BACKEND",
                "MODEL",
                "STANDING",
                "FIRST TOKEN",
                "PER TOKEN",
                "OF THAT: WAIT",
                "LOAD",
                "CACHED",
                "RISK",
                "COST");
        for (JsonNode row : rows) {
            boolean expected = row.has("ttftSeconds");
            table.row(
                    "  " + row.path("backend").asString(""),
                    row.path("model").asString(""),
                    row.path("standing").asString(""),
                    expected ? seconds(row.path("ttftSeconds").asDouble(0)) : "-",
                    expected
                            ? String.format(
                                    Locale.ROOT,
                                    "%.0f ms",
                                    row.path("tpotSeconds").asDouble(0) * 1000)
                            : "-",
                    expected ? seconds(row.path("waitSeconds").asDouble(0)) : "-",
                    expected ? seconds(row.path("loadSeconds").asDouble(0)) : "-",
                    expected
                            ? row.path("cachedTokens").asLong(0) + " of "
                                    + row.path("promptTokens").asLong(0)
                            : "-",
                    expected ? percent(row.path("risk").asDouble(0)) : "-",
                    row.has("cost")
                            ? String.format(
                                    Locale.ROOT, "%.2f", row.path("cost").asDouble(0))
                            : row.path("standing").asString("").equals("trial") ? "first" : "-");
        }
        table.print(out);
    }

    private static String percent(double share) {
        return String.format(Locale.ROOT, "%.0f %%", 100 * share);
    }

    private static String seconds(double value) {
        return String.format(Locale.ROOT, "%.2f s", value);
    }
}
