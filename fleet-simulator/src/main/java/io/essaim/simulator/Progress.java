package io.essaim.simulator;

import io.essaim.simulator.json.GoJson;

/** The progress of pull, push and create: lines, or with {@code stream: false} the last one alone. */
final class Progress {
    private final Exchange exchange;
    private final boolean stream;

    Progress(Exchange exchange, boolean stream) {
        this.exchange = exchange;
        this.stream = stream;
    }

    void status(String status) {
        line(GoJson.object("status", status));
    }

    void line(Object line) {
        if (stream) {
            if (!exchange.isOpened()) {
                exchange.open(200, "application/x-ndjson");
            }
            exchange.chunk(GoJson.write(line) + "\n");
        }
    }

    void success() {
        if (stream) {
            status("success");
            exchange.end();
        } else {
            exchange.whole(200, Exchange.BARE_JSON, GoJson.write(GoJson.object("status", "success")));
        }
    }

    /** An error line after progress, an own status where it comes first. */
    void fail(Refusal refusal) {
        String body = GoJson.write(GoJson.object("error", refusal.text()));
        if (!stream) {
            exchange.whole(refusal.status(), Exchange.BARE_JSON, body);
        } else if (exchange.isOpened()) {
            exchange.chunk(body + "\n");
            exchange.end();
        } else {
            exchange.open(refusal.status(), Exchange.BARE_JSON);
            exchange.chunk(body);
            exchange.end();
        }
    }
}
