package io.essaim.benchmarks.soak;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

/** The clients of all kinds, a thread each, until they are stopped. */
final class Visitors {
    private static final long STALLED_MILLIS = 15_000;
    private static final int MOST_TOLD = 20;

    private final int port;
    private final long seed;
    private final List<Thread> threads = new CopyOnWriteArrayList<>();
    private final AtomicLong ids = new AtomicLong();
    private volatile boolean stopping;

    final AtomicLong whole = new AtomicLong();
    final AtomicLong errors = new AtomicLong();
    final AtomicLong refused = new AtomicLong();
    final AtomicLong left = new AtomicLong();
    final AtomicLong bodies = new AtomicLong();
    final AtomicLong listings = new AtomicLong();
    final AtomicLong violated = new AtomicLong();
    final ConcurrentLinkedQueue<String> violations = new ConcurrentLinkedQueue<>();

    /** What a client of one kind does once. */
    private interface Visit {
        void pay(Random chance) throws IOException, InterruptedException;
    }

    Visitors(int port, long seed) {
        this.port = port;
        this.seed = seed;
    }

    /** @param largest bytes of the largest body */
    void come(int streams, int cancels, int stalled, int largest) {
        many(streams, "stream", chance -> stream(chance, -1));
        many(cancels, "cancel", chance -> stream(chance, chance.nextInt(20)));
        many(stalled, "stalled", this::stall);
        many(2, "body", chance -> body(chance, largest));
        many(1, "listings", this::listings);
    }

    private void many(int count, String kind, Visit visit) {
        for (int i = 0; i < count; i++) {
            Random chance = new Random(seed + threads.size());
            Thread thread = new Thread(null, () -> comeAgain(kind, visit, chance), kind + "-" + i, 128 * 1024);
            thread.setDaemon(true);
            threads.add(thread);
            thread.start();
        }
    }

    private void comeAgain(String kind, Visit visit, Random chance) {
        try {
            while (!stopping) {
                try {
                    visit.pay(chance);
                } catch (IOException e) {
                    violated(kind + ": " + e);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void violated(String how) {
        if (!stopping && violated.incrementAndGet() <= MOST_TOLD) {
            violations.add(how);
        }
    }

    private static String head(String path, long length) {
        return "POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
                + length + "\r\n\r\n";
    }

    private static String asking(String id, int frames, int pause) {
        return String.format(
                Locale.ROOT,
                "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"id=%s frames=%d pause=%d\"}]}",
                id,
                frames,
                pause);
    }

    /** @param most frames after which the client leaves; negative to stay */
    private void stream(Random chance, int most) throws IOException {
        String id = "s" + ids.incrementAndGet();
        String body = asking(id, 20 + chance.nextInt(80), chance.nextInt(10));
        try (Answer answer = new Answer(port)) {
            answer.send(head("/api/chat", body.length()) + body);
            read(answer, new Numbered(id), most);
        }
    }

    private void read(Answer answer, Numbered history, int most) throws IOException {
        if (answer.status() != 200) {
            refused.incrementAndGet();
            return;
        }
        int lines = 0;
        String line = answer.line();
        while (line != null) {
            history.line(line);
            if (most >= 0 && ++lines > most) {
                left.incrementAndGet();
                return;
            }
            line = answer.line();
        }
        history.over(answer.proper());
        String violation = history.violation();
        if (violation != null) {
            violated(violation);
        }
        (history.whole() ? whole : errors).incrementAndGet();
    }

    /** Asks for more than all buffers on the way hold, and reads none of it. */
    private void stall(Random chance) throws IOException, InterruptedException {
        String body = asking("z" + ids.incrementAndGet(), 100_000, 0);
        try (Answer answer = new Answer(port)) {
            answer.send(head("/api/chat", body.length()) + body);
            Thread.sleep(STALLED_MILLIS / 2 + chance.nextInt((int) STALLED_MILLIS));
        }
    }

    /** A large body, sometimes left in the middle. It may be refused as too large or too much. */
    private void body(Random chance, int largest) throws IOException, InterruptedException {
        String id = "b" + ids.incrementAndGet();
        String asking = asking(id, 10, 1);
        int padding = 1 + chance.nextInt(largest);
        boolean leaves = chance.nextInt(4) == 0;
        byte[] piece = new byte[64 * 1024];
        java.util.Arrays.fill(piece, (byte) 'a');
        try (Answer answer = new Answer(port)) {
            String opening = "{\"user\":\"";
            String closing = "\"," + asking.substring(1);
            answer.send(head("/api/chat", opening.length() + (long) padding + closing.length()) + opening);
            int sent = 0;
            while (sent < padding) {
                int n = Math.min(piece.length, padding - sent);
                answer.send(piece, n);
                sent += n;
                if (leaves && sent > padding / 2) {
                    Thread.sleep(1000);
                    left.incrementAndGet();
                    return;
                }
            }
            answer.send(closing);
            read(answer, new Numbered(id), -1);
            bodies.incrementAndGet();
        } catch (java.net.SocketException e) {
            refused.incrementAndGet(); // Refused while it still sent: the answer may be lost to the reset (RFC 9112,
            // 9.6).
            Thread.sleep(50);
        }
    }

    /** Asks for many listings before it reads the first. */
    private void listings(Random chance) throws IOException, InterruptedException {
        try (Answer answer = new Answer(port)) {
            answer.send("GET /api/tags HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(200));
            Thread.sleep(500 + chance.nextInt(500));
            if (answer.status() != 200) {
                violated("a listing is refused");
            }
            listings.incrementAndGet();
        }
    }

    void stop() throws InterruptedException {
        stopping = true;
        for (Thread thread : threads) {
            thread.interrupt();
        }
        for (Thread thread : threads) {
            thread.join(5000);
        }
    }
}
