package io.essaim.manage;

import java.util.ArrayList;
import java.util.List;

/** Which of several hosts obeyed an order. Confined to its event loop. */
final class BroadcastResult {
    private final int hosts;
    private final List<String> did = new ArrayList<>();
    private final List<String> didNot = new ArrayList<>();
    private int worst;

    /** @param hosts how many are to be heard */
    BroadcastResult(int hosts) {
        this.hosts = hosts;
    }

    void did(String host) {
        did.add(host);
    }

    /**
     * @param why a sentence; a single host's own stands alone, as if it were the only Ollama
     * @param status what the host answered; 0 when it did not
     */
    void didNot(String host, String why, int status) {
        didNot.add(hosts == 1 && status >= 200 ? why : host + ": " + why);
        worst = Math.max(worst, status < 400 ? 502 : status);
    }

    /** Whether all were heard. */
    boolean complete() {
        return did.size() + didNot.size() == hosts;
    }

    /** Whether none has failed so far. */
    boolean good() {
        return didNot.isEmpty();
    }

    /** The highest status that a failure had. */
    int worst() {
        return worst;
    }

    /** Who did not, why, and who did all the same; {@code done} is the word for what was to be done. */
    String text(String done) {
        return (did.isEmpty() ? "" : done + " on " + String.join(", ", did) + ", but not on ")
                + String.join("; ", didNot);
    }
}
