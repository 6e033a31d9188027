package io.essaim.benchmarks.compare;

import java.io.IOException;
import java.util.Map;

/**
 * The two processes that make the load, the same ones for every candidate.
 *
 * @param client asks and counts
 * @param backend answers
 * @param backendPort on the loopback address
 */
record Harness(HarnessProcess client, HarnessProcess backend, int backendPort) {

    static Harness start(Children children) throws IOException {
        HarnessProcess backend = HarnessProcess.start(children, PacedBackend.class);
        int port = backend.hear().count("port");
        return new Harness(HarnessProcess.start(children, LoadClient.class), backend, port);
    }

    /** Opens that many streams of that many tokens; returns when all have started, or one has failed. */
    void open(int port, int streams, int tokens) throws IOException {
        client.ask(new Message(
                "streams",
                Map.of(
                        "port", Integer.toString(port),
                        "streams", Integer.toString(streams),
                        "tokens", Integer.toString(tokens),
                        "rampMillis", Long.toString(Settings.rampMillis(streams)))));
    }

    /** Lines received so far by the open streams. */
    long lines() throws IOException {
        return client.ask(new Message("mark", Map.of())).number("lines");
    }

    /** Waits for the end of the open streams, at most that long, and tells how they went. */
    Message drain(int patienceSeconds) throws IOException {
        return client.ask(new Message("drain", Map.of("millis", Long.toString(1000L * patienceSeconds))));
    }

    /** Short answers on that many connections for that long: times to first token in nanoseconds. */
    Message latency(int port, int connections, int seconds, long pauseMicros) throws IOException {
        return client.ask(new Message(
                "latency",
                Map.of(
                        "port", Integer.toString(port),
                        "connections", Integer.toString(connections),
                        "millis", Long.toString(1000L * seconds),
                        "pauseMicros", Long.toString(pauseMicros))));
    }
}
