package io.essaim.cli;

import java.io.PrintWriter;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Downloads in plain lines, for logs and pipes: one per change of status, and one per tenth of a layer. */
final class PullLines implements PullView {
    private final PrintWriter out;
    private final PrintWriter err;
    /** What was last said of a download's layer or, with an empty digest, of its other work. */
    private final Map<Key, String> said = new HashMap<>();

    private record Key(Pull pull, String digest) {}

    PullLines(PrintWriter out, PrintWriter err) {
        this.out = out;
        this.err = err;
    }

    @Override
    public synchronized void step(Pull pull, Pull.Step step) {
        String text = step.status();
        if (step.ofLayer()) {
            text += " " + step.percent() / 10 * 10 + "% of " + HumanUnits.size(step.total());
        }
        Key key = new Key(pull, step.ofLayer() ? step.digest() : "");
        if (!text.equals(said.put(key, text))) {
            out.println(pull + ": " + text);
            out.flush();
        }
    }

    @Override
    public synchronized void over(Pull pull, @Nullable String failure) {
        PrintWriter to = failure == null ? out : err;
        to.println(pull + ": " + (failure == null ? "done" : failure));
        to.flush();
    }
}
