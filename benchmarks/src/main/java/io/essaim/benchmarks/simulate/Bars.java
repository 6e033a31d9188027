package io.essaim.benchmarks.simulate;

import java.util.Map;

/** A plot of horizontal bars in SVG. */
final class Bars {
    private static final int ROW = 22;
    private static final int TOP = 34;
    private static final int LABELS = 170;
    private static final int WIDTH = 430;

    private Bars() {}

    /** @param ceiling the longest bar stands for this, or for all the more of its value */
    static String svg(String title, Map<String, Double> values, double ceiling) {
        double most = values.values().stream()
                .filter(value -> !value.isNaN())
                .mapToDouble(value -> Math.min(ceiling, value))
                .max()
                .orElse(1);
        int height = TOP + ROW * values.size() + 6;
        StringBuilder svg = new StringBuilder(Figures.text(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"680\" height=\"%d\" viewBox=\"0 0 680 %d\" "
                        + "font-family=\"sans-serif\" font-size=\"13\">%n<rect width=\"680\" height=\"%d\" fill=\"#fff\"/>%n"
                        + "<text x=\"8\" y=\"20\" font-weight=\"bold\">%s</text>%n",
                height, height, height, title));
        int y = TOP;
        for (Map.Entry<String, Double> bar : values.entrySet()) {
            double value = bar.getValue();
            double length = Double.isNaN(value) ? 0 : WIDTH * Math.min(value, most) / Math.max(most, 1e-9);
            String colour = bar.getKey().equals(Picks.ESSAIM) ? "#c47f00" : "#7a8fa6";
            svg.append(Figures.text(
                    "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>"
                            + "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"15\" fill=\"%s\"/>"
                            + "<text x=\"%.1f\" y=\"%d\">%.1f%s</text>%n",
                    LABELS - 8,
                    y + 13,
                    bar.getKey(),
                    LABELS,
                    y + 1,
                    length,
                    colour,
                    LABELS + length + 5,
                    y + 13,
                    value,
                    value > ceiling ? " (cut)" : ""));
            y += ROW;
        }
        return svg.append("</svg>\n").toString();
    }
}
