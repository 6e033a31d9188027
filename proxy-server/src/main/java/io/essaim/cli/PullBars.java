package io.essaim.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Downloads as bars on a terminal, one per layer on its way, redrawn in place below what is done. */
final class PullBars implements PullView {
    private static final int BAR = 16;
    /** Lines that have scrolled out of a small terminal cannot be redrawn. */
    private static final int MOST = 20;

    private static final String ERASE_LINE = "\u001b[K";
    private static final String ERASE_BELOW = "\u001b[J";
    /** A line that is broken at the terminal's edge would count as one and be two: let it be cut instead. */
    private static final String NO_WRAP = "\u001b[?7l";

    private static final String WRAP = "\u001b[?7h";

    private final PrintWriter out;
    private final PrintWriter err;
    private final int width;
    /** The steps to show of each download: of its unfinished layers by digest, or else of its other work. */
    private final Map<Pull, Map<String, Pull.Step>> live = new LinkedHashMap<>();

    private List<String> drawn = List.of();

    /** @param width of the widest {@link Pull} there will be, in characters */
    PullBars(PrintWriter out, PrintWriter err, int width) {
        this.out = out;
        this.err = err;
        this.width = width;
    }

    @Override
    public synchronized void step(Pull pull, Pull.Step step) {
        Map<String, Pull.Step> steps = live.computeIfAbsent(pull, p -> new LinkedHashMap<>());
        if (step.ofLayer()) {
            steps.remove("");
            steps.values().removeIf(other -> other.completed() >= other.total());
            steps.put(step.digest(), step);
        } else {
            steps.clear();
            steps.put("", step);
        }
        List<String> lines = lines();
        if (!lines.equals(drawn)) {
            out.print(up() + drawing(lines));
            out.flush();
            drawn = lines;
        }
    }

    @Override
    public synchronized void over(Pull pull, @Nullable String failure) {
        live.remove(pull);
        out.print(up() + ERASE_BELOW);
        out.flush(); // before the other stream, which is often the same terminal
        PrintWriter to = failure == null ? out : err;
        to.println(failure == null ? TextTable.padded(pull.toString(), width) + "  done" : pull + ": " + failure);
        to.flush();
        drawn = lines();
        out.print(drawing(drawn));
        out.flush();
    }

    private String up() {
        return drawn.isEmpty() ? "" : "\u001b[" + drawn.size() + "A\r";
    }

    private static String drawing(List<String> lines) {
        StringBuilder text = new StringBuilder(NO_WRAP);
        lines.forEach(line -> text.append(line).append(ERASE_LINE).append('\n'));
        return text.append(ERASE_BELOW).append(WRAP).toString();
    }

    private List<String> lines() {
        List<String> lines = new ArrayList<>();
        live.forEach((pull, steps) -> steps.values().forEach(step -> lines.add(line(pull, step))));
        if (lines.size() <= MOST) {
            return lines;
        }
        List<String> first = new ArrayList<>(lines.subList(0, MOST - 1));
        first.add("and " + (lines.size() - first.size()) + " more");
        return first;
    }

    private String line(Pull pull, Pull.Step step) {
        String start = TextTable.padded(pull.toString(), width) + "  ";
        if (!step.ofLayer()) {
            return start + step.status();
        }
        int filled = BAR * step.percent() / 100;
        String percent = step.percent() + "%";
        return start + "[" + "#".repeat(filled) + ".".repeat(BAR - filled) + "] " + " ".repeat(4 - percent.length())
                + percent + "  " + HumanUnits.size(step.completed()) + " of " + HumanUnits.size(step.total()) + "  "
                + step.status();
    }
}
