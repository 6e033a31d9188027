package io.essaim.benchmarks.soak;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code stalled}: what clients cost that ask for a stream and read nothing of it. */
@Command(
        name = "stalled",
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        description =
                "Opens streams that nobody reads, and tells by how much the proxy's resident memory grows, and what the kernel holds"
                        + " for its sockets. Needs ss (iproute2). Ends with 1 when one of both is more than --most.")
final class Stalled implements Callable<Integer> {
    private static final int MOST_STREAMS = 1000;
    private static final int AT_A_TIME = 50;
    private static final int SETTLE_SECONDS = 60;
    private static final Pattern RESIDENT = Pattern.compile("(?m)^VmRSS:\\s*(\\d+) kB");

    /** Of ss(8): what is received (r), queued to be sent (w), reserved (f), for options (o) and in the backlog (bl). */
    private static final Pattern MEMORY =
            Pattern.compile("skmem:\\(r(\\d+),rb\\d+,t\\d+,tb\\d+,f(\\d+),w(\\d+),o(\\d+),bl(\\d+)");

    @Option(names = "--streams", paramLabel = "N", description = "Streams, at most 1000.")
    private int streams = 1000;

    @Option(names = "--heap", paramLabel = "SIZE", description = "Heap of the proxy, as -Xmx takes it.")
    private String heap = "96m";

    @Option(names = "--most", paramLabel = "MIB", description = "Memory that each of both may take.")
    private int most = 64;

    private record Memory(long resident, long kernel) {}

    public static void main(String[] args) {
        System.exit(new CommandLine(new Stalled()).execute(args));
    }

    @Override
    public Integer call() throws Exception {
        if (streams < 1 || streams > MOST_STREAMS) {
            throw new IllegalArgumentException("--streams is 1 to " + MOST_STREAMS);
        }
        Path directory = Files.createTempDirectory("essaim-stalled");
        int port = Soak.freePort();
        try (NumberedHost host = new NumberedHost(1, 0)) {
            Path rules = directory.resolve("rules.json");
            Files.writeString(
                    rules,
                    "{\"listen\":{\"port\":" + port + "},\"state\":\"state\",\"limits\":{\"maxConnections\":2048},"
                            + "\"queue\":{\"maxWaiting\":1000},\"timeouts\":{\"connect\":\"10s\",\"clientWrite\":\"10m\",\"drain\":\"0s\"},\"backends\":{\"host\":{\"url\":\""
                            + host.url() + "\",\"slots\":1024}},"
                            + "\"routes\":[{\"models\":[\"*\"],\"tiers\":[[\"host\"]]}]}");
            Process proxy = Soak.start(heap, directory, rules);
            List<Answer> clients = new ArrayList<>(streams);
            try {
                return measure(proxy, port, clients);
            } finally {
                for (Answer client : clients) {
                    client.close();
                }
                proxy.destroy();
                if (!proxy.waitFor(20, TimeUnit.SECONDS)) {
                    proxy.destroyForcibly();
                }
            }
        }
    }

    private int measure(Process proxy, int port, List<Answer> clients) throws IOException, InterruptedException {
        Soak.awaitPort(proxy, port);
        warmUp(port);
        Memory before = settled(proxy);
        for (int i = 0; i < streams; i++) {
            Answer client = new Answer(port);
            clients.add(client);
            client.send(chat("s" + i, 1_000_000));
            int status = client.status();
            if (status != 200) {
                throw new IOException("a stream did not begin: " + status);
            }
            if (i % AT_A_TIME == 0) { // Else the host is too busy to be taken for alive.
                TimeUnit.MILLISECONDS.sleep(250);
            }
        }
        Memory after = settled(proxy);
        long grown = (after.resident - before.resident) >> 20;
        long kernel = after.kernel >> 20;
        System.out.printf(
                Locale.ROOT,
                "%d streams that nobody reads, -Xmx%s: RSS %d MiB, grown by %d MiB; kernel memory of the proxy's sockets %d MiB%n",
                streams,
                heap,
                after.resident >> 20,
                grown,
                kernel);
        return grown <= most && kernel <= most ? 0 : 1;
    }

    /** Streams that are read: what they leave behind is not what stalled ones cost. */
    private static void warmUp(int port) throws IOException {
        for (int i = 0; i < 200; i++) {
            try (Answer client = new Answer(port)) {
                client.send(chat("w" + i, 50));
                client.status();
                String line = client.line();
                while (line != null) {
                    line = client.line();
                }
            }
        }
    }

    private static String chat(String id, int frames) {
        String body = "{\"model\":\"m\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"id=" + id
                + " frames=" + frames + " pause=0\"}]}";
        return "POST /api/chat HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
                + body.length() + "\r\n\r\n" + body;
    }

    /** What it takes once that no longer changes much. */
    private static Memory settled(Process proxy) throws IOException, InterruptedException {
        Memory last = memory(proxy);
        int steady = 0;
        for (int i = 0; i < SETTLE_SECONDS && steady < 3; i++) {
            TimeUnit.SECONDS.sleep(1);
            Memory now = memory(proxy);
            boolean still = Math.abs(now.resident - last.resident) + Math.abs(now.kernel - last.kernel) < (1 << 20);
            steady = still ? steady + 1 : 0;
            last = now;
        }
        return last;
    }

    private static Memory memory(Process proxy) throws IOException, InterruptedException {
        Matcher resident = RESIDENT.matcher(Files.readString(Path.of("/proc", Long.toString(proxy.pid()), "status")));
        if (!resident.find()) {
            throw new IOException("the kernel does not tell VmRSS");
        }
        return new Memory(Long.parseLong(resident.group(1)) << 10, kernel(proxy.pid()));
    }

    private static long kernel(long pid) throws IOException, InterruptedException {
        Process ss =
                new ProcessBuilder("ss", "-tmnpOH").redirectErrorStream(true).start();
        String said = new String(ss.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (ss.waitFor() != 0) {
            throw new IOException("ss: " + said);
        }
        long sum = 0;
        for (String socket : said.split("\n", -1)) {
            Matcher memory = MEMORY.matcher(socket);
            if (socket.contains("pid=" + pid + ",") && memory.find()) {
                for (int i = 1; i <= memory.groupCount(); i++) {
                    sum += Long.parseLong(memory.group(i));
                }
            }
        }
        return sum;
    }
}
