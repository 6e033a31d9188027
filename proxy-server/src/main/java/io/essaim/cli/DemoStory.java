package io.essaim.cli;

import io.essaim.fleet.Backend;
import io.essaim.server.EssaimServer;
import io.essaim.simulator.SimulatedHost;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Iterator;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Tells a fail-over by doing it: every line it prints is what a client saw a moment ago. */
final class DemoStory {
    private static final Pattern CONTENT = Pattern.compile("\"content\":\"((?:[^\"\\\\]|\\\\.)*)\"");

    private final PrintWriter out;
    private final TerminalColours paint = TerminalColours.forTerminal();
    private final EssaimServer server;
    private final SimulatedHost dev2;
    private final SimulatedHost pi;
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    DemoStory(PrintWriter out, EssaimServer server, SimulatedHost dev2, SimulatedHost pi) {
        this.out = out;
        this.server = server;
        this.dev2 = dev2;
        this.pi = pi;
    }

    void tell() throws IOException, InterruptedException {
        String base = "http://127.0.0.1:" + server.port();
        out.println(paint.bold("Essaim is one Ollama at " + base));
        out.println(
                "behind it, simulated, eight times faster than real: dev2 at " + dev2.url() + ", pi at " + pi.url());
        out.println();
        out.println("Try, in another terminal:");
        out.println("  curl " + base + "/api/tags");
        out.println("  curl -N " + base + "/api/chat -d '{\"model\":\"llama3.2\",\"messages\":"
                + "[{\"role\":\"user\",\"content\":\"Hello\"}]}'");
        out.println("  OLLAMA_HOST=" + base + " ollama run llama3.2");
        out.println("  curl -X POST " + dev2.url() + "/sim/fault -d '{\"kind\":\"cut-with-reset\",\"times\":1}'");
        out.println();
        await("dev2", true);
        await("pi", true);
        out.println(paint.bold("1. llama3.2 is asked for. dev2 is its first tier, so dev2 loads it and answers:"));
        ask();
        out.println(paint.bold("2. dev2 is killed. The same request goes to the standby, which has llama3.2:1b:"));
        dev2.kill();
        ask();
        out.println(paint.bold("3. dev2 is back, and gets its work again:"));
        dev2.restart();
        await("dev2", true);
        ask();
    }

    private void ask() throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + "/api/chat"))
                .POST(HttpRequest.BodyPublishers.ofString("{\"model\":\"llama3.2\",\"messages\":"
                        + "[{\"role\":\"user\",\"content\":\"Tell me of bees.\"}],\"options\":{\"num_predict\":24}}"))
                .build();
        long sent = System.nanoTime();
        HttpResponse<Stream<String>> response = client.send(request, BodyHandlers.ofLines());
        long first = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - sent);
        out.print("   ");
        try (Stream<String> lines = response.body()) {
            for (Iterator<String> it = lines.iterator(); it.hasNext(); ) {
                Matcher content = CONTENT.matcher(it.next());
                out.print(content.find() ? content.group(1) : "");
                out.flush();
            }
        }
        out.println();
        out.println(paint.dim("   " + response.statusCode() + " from "
                + response.headers().firstValue("X-Essaim-Backend").orElse("nobody") + " with "
                + response.headers().firstValue("X-Essaim-Model").orElse("no model") + " after "
                + response.headers().firstValue("X-Essaim-Attempts").orElse("0") + " attempt(s), first token in "
                + first
                + " ms"));
        out.println();
        out.flush();
    }

    private void await(String backend, boolean up) throws InterruptedException {
        Backend live = server.fleet().get(backend);
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while ((live.health() == Backend.Health.UP && live.inventory().known()) != up && System.nanoTime() < end) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }
}
