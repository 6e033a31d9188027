package io.essaim.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.essaim.testing.RawClient;
import io.essaim.testing.ScriptedBackend;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A process with a small heap lives, whatever bodies come. */
@Tag("external")
class LargeBodiesTest {
    private static final int MIB = 1 << 20;
    private static final String CHAT =
            "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"stream\":false}";
    private static final String DONE =
            "{\"model\":\"m\",\"created_at\":\"2026-01-01T00:00:00Z\",\"message\":{\"role\":\"assistant\",\"content\":\"a\"},\"done\":true}";

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"64m", "128m"})
    void manyLargeBodiesAtOnce_areRefusedOrServed_andTheProcessLives(String heap) throws Exception {
        int largest = Integer.parseInt(heap.replace("m", "")) / 8;
        try (ScriptedBackend backend = ScriptedBackend.with("m").plays(line -> line.json(DONE));
                Child child = Child.start(
                        directory,
                        List.of(),
                        Map.of("JDK_JAVA_OPTIONS", "-Xmx" + heap + " -XX:+ExitOnOutOfMemoryError -XX:+UseSerialGC"),
                        "serve",
                        "--backend",
                        backend.url().toString(),
                        "--port",
                        "0")) {
            child.says("is up");
            int port = child.port();
            assertThat(statuses(port, 6, 60 * MIB, "HTTP/1.1")).containsOnly(413);
            // Each fits, all together do not.
            assertThat(statuses(port, 12, (largest - 1) * MIB, "HTTP/1.1"))
                    .isSubsetOf(200, 503)
                    .contains(200);
            assertThat(RawClient.get(port, "/api/version").status()).isEqualTo(200);
            await("all room is given back")
                    .atMost(Duration.ofSeconds(30))
                    .until(() ->
                            statuses(port, 1, (largest - 1) * MIB, "HTTP/1.1").equals(List.of(200)));
            assertThat(RawClient.post(port, "/api/chat", CHAT).status()).isEqualTo(200);
            child.terminate();
            assertThat(child.exitCode()).isZero();
        }
    }

    /** What takes more memory than its bytes when it is read carelessly. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "/api/chat|{\"options\":{\"num_gpu\":1,\"stop\":[\"\"|,\"a\"|]},",
                "/api/chat|{\"options\":{\"num_gpu\":1|,\"a\":[{}]|},",
                "/api/chat|{\"keep_alive\":\"|0s|\",",
                "/api/generate|{\"prompt\":\"Hi\",\"system\":\"|é|\",",
                "/api/chat|{\"tools\":[1|,1|],",
                "/api/chat|{\"tools\":1|,\"tools\":1|,",
                "/api/chat|{\"messages\":[{}|,{}|],",
                "/api/generate|{\"model\":\"|é|\",",
                "/api/show|{\"system\":[1|,1|],",
            })
    void largeBodiesOfHostileShapes_costTheirBytes_andTheProcessLives(String shape) throws Exception {
        String[] parts = shape.split("\\|");
        String end = parts[1].contains("\"model\"") ? "\"stream\":false}" : "\"model\":\"m\",\"stream\":false}";
        int largest = 7 * MIB;
        byte[] body = (parts[1]
                        + parts[2].repeat(largest / parts[2].getBytes(StandardCharsets.UTF_8).length)
                        + parts[3]
                        + end)
                .getBytes(StandardCharsets.UTF_8);
        try (ScriptedBackend backend =
                        ScriptedBackend.with("m").plays(line -> line.json(DONE)).cold(true);
                Child child = Child.start(
                        directory,
                        List.of(),
                        Map.of("JDK_JAVA_OPTIONS", "-Xmx64m -XX:+ExitOnOutOfMemoryError -XX:+UseSerialGC"),
                        "serve",
                        "--backend",
                        backend.url().toString(),
                        "--port",
                        "0")) {
            child.says("is up");
            int port = child.port();
            List<Thread> threads = new ArrayList<>();
            ConcurrentLinkedQueue<Integer> seen = new ConcurrentLinkedQueue<>();
            for (int i = 0; i < 4; i++) {
                Thread thread = new Thread(() -> seen.add(status(port, parts[0], body)));
                thread.start();
                threads.add(thread);
            }
            for (Thread thread : threads) {
                thread.join();
            }
            assertThat(seen).as(child.err()).isSubsetOf(200, 400, 404, 503).isNotEmpty();
            assertThat(seen).as(child.err()).anyMatch(status -> status != 503);
            assertThat(RawClient.get(port, "/api/version").status()).isEqualTo(200);
            assertThat(child.err()).doesNotContain("ERROR", "java.lang.");
            child.terminate();
            assertThat(child.exitCode()).isZero();
        }
    }

    @Test
    void bodiesThatDrip_makeRoomForOthers() throws Exception {
        try (ScriptedBackend backend = ScriptedBackend.with("m").plays(line -> line.json(DONE))) {
            Path rules = Files.writeString(directory.resolve("rules.json"), """
                    {"listen":{"port":0},"timeouts":{"bodyIdle":"5s"},"backends":{"b1":{"url":"%s"}},
                     "routes":[{"models":["*"],"tiers":[["b1"]]}]}
                    """.formatted(backend.url()));
            try (Child child = Child.start(
                            directory,
                            List.of(),
                            Map.of("JDK_JAVA_OPTIONS", "-Xmx64m -XX:+UseSerialGC"),
                            "serve",
                            "--rules",
                            rules.toString());
                    RawClient one = slow(child);
                    RawClient two = slow(child)) {
                await("there is room").atMost(Duration.ofSeconds(40)).until(() -> {
                    drip(one);
                    drip(two);
                    return statuses(child.port(), 1, 6 * MIB, "HTTP/1.1").equals(List.of(200));
                });
            }
        }
    }

    private static RawClient slow(Child child) throws IOException {
        RawClient client = new RawClient(child.port());
        int length = 7 * MIB + MIB / 2;
        client.send("POST /api/chat HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + length + "\r\n\r\n");
        byte[] most = new byte[length - 4096];
        Arrays.fill(most, (byte) ' ');
        client.send(most);
        return client;
    }

    private static void drip(RawClient client) {
        try {
            client.send(" ");
        } catch (IOException e) {
            // Refused by now.
        }
    }

    private static int status(int port, String path, byte[] body) {
        try (RawClient client = new RawClient(port)) {
            client.send("POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + body.length + "\r\n\r\n");
            client.send(body);
            return client.read().status();
        } catch (IOException e) {
            return 0;
        }
    }

    private static List<Integer> statuses(int port, int clients, int bytes, String version)
            throws InterruptedException {
        ConcurrentLinkedQueue<Integer> seen = new ConcurrentLinkedQueue<>();
        CountDownLatch together = new CountDownLatch(1);
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < clients; i++) {
            Thread thread = new Thread(() -> seen.add(status(port, bytes, version, together)));
            thread.start();
            threads.add(thread);
        }
        together.countDown();
        for (Thread thread : threads) {
            thread.join();
        }
        return List.copyOf(seen);
    }

    /** The status that is answered, also while the body is still being sent; 0 when the connection is closed without one. */
    private static int status(int port, int bytes, String version, CountDownLatch together) {
        try (RawClient client = new RawClient(port)) {
            String end = CHAT.substring(1);
            String start = "{\"user\":\"";
            long length = start.length() + (long) bytes + 2 + end.length();
            together.await();
            client.send("POST /api/chat " + version + "\r\nHost: localhost\r\nContent-Length: " + length + "\r\n\r\n"
                    + start);
            byte[] piece = new byte[64 * 1024];
            Arrays.fill(piece, (byte) 'x');
            try {
                for (int left = bytes; left > 0 && client.available() == 0; left -= piece.length) {
                    client.send(left < piece.length ? Arrays.copyOf(piece, left) : piece);
                }
                if (client.available() == 0) {
                    client.send("\"," + end);
                }
            } catch (IOException e) {
                // Refused while it sent; what was answered may be readable still.
            }
            return client.read().status();
        } catch (IOException e) {
            return 0;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
