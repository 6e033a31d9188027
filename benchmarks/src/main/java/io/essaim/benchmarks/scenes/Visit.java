package io.essaim.benchmarks.scenes;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Iterator;
import java.util.stream.Stream;

/**
 * What one client saw.
 *
 * @param dueSeconds when it was to ask, since the beginning; its times count from here, so that a slow sender hides nothing
 * @param ttftSeconds until the first token; NaN when there was none
 * @param whole whether the whole answer came
 * @param backend who answered; empty for nobody
 * @param routeId names the request to the proxy; empty when it said none
 */
record Visit(double dueSeconds, double ttftSeconds, boolean whole, String backend, String routeId) {
    boolean begun() {
        return !Double.isNaN(ttftSeconds);
    }

    /** Asks now and reads the answer to its end. Blocks. */
    static Visit make(HttpClient client, String url, String prompt, double dueSeconds, long dueNanos)
            throws InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString("{\"model\":\"" + Home.MODEL
                        + "\",\"messages\":[{\"role\":\"user\",\"content\":\"" + prompt + "\"}]}"))
                .build();
        double first = Double.NaN;
        boolean whole = false;
        String backend = "";
        String id = "";
        try {
            HttpResponse<Stream<String>> answer = client.send(request, HttpResponse.BodyHandlers.ofLines());
            backend = answer.headers().firstValue("X-Essaim-Backend").orElse("");
            id = answer.headers().firstValue("X-Essaim-Route-Id").orElse("");
            try (Stream<String> lines = answer.body()) {
                for (Iterator<String> each = lines.iterator(); each.hasNext(); ) {
                    String line = each.next();
                    boolean says = answer.statusCode() == 200 && !line.startsWith("{\"error\"") && !line.isBlank();
                    if (says && Double.isNaN(first) && !line.contains("\"content\":\"\"")) {
                        first = (System.nanoTime() - dueNanos) / 1e9;
                    }
                    whole |= says && line.contains("\"done\":true");
                }
            }
        } catch (IOException | UncheckedIOException e) {
            whole = false; // Cut, refused or reset: what came before counts.
        }
        return new Visit(dueSeconds, first, whole, backend, id);
    }
}
