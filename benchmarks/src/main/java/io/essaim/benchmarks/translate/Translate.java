package io.essaim.benchmarks.translate;

import com.sun.net.httpserver.HttpServer;
import io.essaim.config.RulesLoader;
import io.essaim.dialect.BackendDialect;
import io.essaim.dialect.Capabilities;
import io.essaim.dialect.ClientDialect;
import io.essaim.dialect.InvalidRequest;
import io.essaim.dialect.Untranslatable;
import io.essaim.server.EssaimServer;
import io.essaim.server.EssaimServer.Options;
import io.essaim.transport.Transport;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code translate}: large requests on their way to a cloud, and another client of the same event loop meanwhile. */
@Command(
        name = "translate",
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        description =
                "Translates large requests for a cloud, and tells what that costs, and the longest that another client of the "
                        + "same event loop waited for the version meanwhile: in the best round and in the median one.")
final class Translate implements Callable<Integer> {
    private static final String ANSWER = "{\"id\":\"c\",\"object\":\"chat.completion\",\"created\":1,\"model\":\"g\","
            + "\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"yes\"},\"finish_reason\":\"stop\"}],"
            + "\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":3,\"total_tokens\":10}}";
    private static final String RULES = """
            { "listen": { "port": 0 },
              "backends": { "off": { "url": "http://127.0.0.1:9" }, "cloud": { "url": "http://127.0.0.1:%d/v1", "dialect": "openai" } },
              "routes": [{ "models": ["*"], "tiers": [["off"]] }],
              "agents": { "main": { "cloud": [{ "backend": "cloud", "model": "m" }] } } }
            """;

    @Option(names = "--mib", paramLabel = "N", description = "Length of the requests.")
    private int mib = 29;

    @Option(names = "--rounds", paramLabel = "N", description = "Requests of each kind.")
    private int rounds = 4;

    public static void main(String[] args) {
        System.exit(new CommandLine(new Translate()).execute(args));
    }

    @Override
    public Integer call() throws Exception {
        say(
                "%-6s%8s%14s%12s%10s%14s%16s%16s%n",
                "body", "MiB", "translated ms", "allocated", "status", "request ms", "version least", "version median");
        for (Bodies kind : Bodies.values()) {
            byte[] body = kind.of(mib << 20);
            double[] cost = new double[2];
            for (int i = 0; i < rounds; i++) {
                cost = cost(body);
            }
            double[] seen = seen(body);
            double[] longest = new double[rounds];
            for (int i = 0; i < rounds; i++) {
                seen = seen(body);
                longest[i] = seen[2];
            }
            Arrays.sort(longest);
            say(
                    "%-6s%8.1f%14.0f%11.1fx%10.0f%14.0f%16.1f%16.1f%n",
                    kind.name().toLowerCase(Locale.ROOT),
                    body.length / 1048576.0,
                    cost[0],
                    cost[1],
                    seen[0],
                    seen[1],
                    longest[0],
                    longest[rounds / 2]);
        }
        return 0;
    }

    private static void say(String format, Object... values) {
        System.out.print(String.format(Locale.ROOT, format, values));
    }

    /** Milliseconds, and bytes that were allocated for each byte of the body. */
    private static double[] cost(byte[] body) throws Untranslatable {
        var threads = (com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        long start = System.nanoTime();
        try {
            BackendDialect.OPENAI.write(
                    ClientDialect.OPENAI_CHAT.read(body),
                    "m",
                    Capabilities.named("openai").orElseThrow());
        } catch (InvalidRequest e) {
            // Too many messages cost little to refuse, which is what is measured then.
        }
        double millis = (System.nanoTime() - start) / 1e6;
        return new double[] {millis, (threads.getCurrentThreadAllocatedBytes() - before) / (double) body.length};
    }

    /** Status and milliseconds of the request, and the most milliseconds that somebody else waited for the version meanwhile. */
    private static double[] seen(byte[] body) throws Exception {
        HttpServer cloud = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        cloud.createContext("/", exchange -> {
            exchange.getRequestBody().transferTo(java.io.OutputStream.nullOutputStream());
            byte[] answer = ANSWER.getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("content-type", "application/json");
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        cloud.start();
        String rules = RULES.formatted(cloud.getAddress().getPort());
        try (EssaimServer proxy = EssaimServer.start(
                RulesLoader.load("translate", rules.getBytes(StandardCharsets.UTF_8)),
                Options.of(Transport.best(), 1, null))) {
            return race("http://127.0.0.1:" + proxy.port(), body);
        } finally {
            cloud.stop(0);
        }
    }

    private static double[] race(String proxy, byte[] body) throws Exception {
        HttpClient client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        HttpRequest version =
                HttpRequest.newBuilder(URI.create(proxy + "/api/version")).build();
        client.send(version, HttpResponse.BodyHandlers.discarding());
        HttpRequest large = HttpRequest.newBuilder(URI.create(proxy + "/agents/main/v1/chat/completions"))
                .header("content-type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                .build();
        long start = System.nanoTime();
        CompletableFuture<HttpResponse<Void>> answer =
                HttpClient.newHttpClient().sendAsync(large, HttpResponse.BodyHandlers.discarding());
        double longest = 0;
        while (!answer.isDone()) {
            long asked = System.nanoTime();
            client.send(version, HttpResponse.BodyHandlers.discarding());
            longest = Math.max(longest, (System.nanoTime() - asked) / 1e6);
            LockSupport.parkNanos(2_000_000);
        }
        return new double[] {answer.get().statusCode(), (System.nanoTime() - start) / 1e6, longest};
    }
}
