package io.essaim.benchmarks.compare;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/** A table in plain text: the first column to the left, the others to the right. */
final class TextTable {

    private final List<List<String>> rows = new ArrayList<>();

    TextTable(List<String> header) {
        rows.add(List.copyOf(header));
    }

    void row(List<String> cells) {
        if (cells.size() != rows.get(0).size()) {
            throw new IllegalArgumentException(
                    cells.size() + " cells in a table of " + rows.get(0).size() + " columns");
        }
        rows.add(List.copyOf(cells));
    }

    /** The value with that many decimals, or a dash for what was not measured. */
    static String cell(OptionalDouble value, int decimals) {
        return value.isPresent() ? String.format(Locale.ROOT, "%." + decimals + "f", value.getAsDouble()) : "-";
    }

    String render() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < rows.size(); i++) {
            line(text, rows.get(i));
            if (i == 0) {
                text.append("-".repeat(text.length() - 1)).append('\n');
            }
        }
        return text.toString();
    }

    private void line(StringBuilder text, List<String> cells) {
        for (int column = 0; column < cells.size(); column++) {
            String padding = " ".repeat(width(column) - cells.get(column).length());
            if (column == 0) {
                text.append(cells.get(0)).append(padding);
            } else {
                text.append("  ").append(padding).append(cells.get(column));
            }
        }
        text.append('\n');
    }

    private int width(int column) {
        return rows.stream().mapToInt(row -> row.get(column).length()).max().orElse(0);
    }
}
