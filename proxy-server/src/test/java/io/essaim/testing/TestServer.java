package io.essaim.testing;

import io.essaim.api.Ticker;
import io.essaim.config.Dialect;
import io.essaim.config.InvalidRules;
import io.essaim.config.Rules;
import io.essaim.config.RulesLoader;
import io.essaim.fleet.Backend;
import io.essaim.server.CannotListen;
import io.essaim.server.EssaimServer;
import io.essaim.transport.TlsFault;
import io.essaim.transport.Transport;
import io.netty.util.LeakPresenceDetector;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * A proxy on a free port in front of scripted backends; closing it asserts that no buffer leaked ({@link BufferLeaks})
 * and that nothing is in flight.
 */
public final class TestServer implements AutoCloseable {
    static {
        // Else every wait takes a tenth of a second, and a test has several.
        Awaitility.setDefaultPollDelay(Duration.ZERO);
        Awaitility.setDefaultPollInterval(Duration.ofMillis(5));
    }

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final EssaimServer server;

    private final LeakPresenceDetector.ResourceScope buffers = BufferLeaks.current();

    private TestServer(EssaimServer server) {
        this.server = server;
    }

    /**
     * One route for everything, one tier per backend, named b1, b2, ... in that order.
     *
     * @param loops event loops
     * @param extra further members of the rules' top level, each with a comma before it; may be empty
     */
    public static TestServer tiers(int loops, String extra, ScriptedBackend... backends) {
        List<String> tiers = new ArrayList<>();
        for (int i = 1; i <= backends.length; i++) {
            tiers.add("[\"b" + i + "\"]");
        }
        return rules(loops, "[" + String.join(",", tiers) + "]", extra, backends);
    }

    /** One route for everything, all backends in one tier. */
    public static TestServer oneTier(int loops, String extra, ScriptedBackend... backends) {
        List<String> names = new ArrayList<>();
        for (int i = 1; i <= backends.length; i++) {
            names.add("\"b" + i + "\"");
        }
        return rules(loops, "[[" + String.join(",", names) + "]]", extra, backends);
    }

    private static TestServer rules(int loops, String tiers, String extra, ScriptedBackend... backends) {
        StringBuilder hosts = new StringBuilder();
        for (int i = 1; i <= backends.length; i++) {
            hosts.append(i == 1 ? "" : ",")
                    .append("\"b" + i + "\":{\"url\":\"" + backends[i - 1].url() + "\",\"slots\":4}");
        }
        return start(
                loops,
                "{\"listen\":{\"port\":0},\"backends\":{" + hosts + "},\"routes\":[{\"models\":[\"*\"],\"tiers\":"
                        + tiers + "}]" + extra + "}");
    }

    /** A proxy with these rules, once every backend of theirs that lives is known. */
    public static TestServer start(int loops, String rules) {
        TestServer started = starting(loops, rules);
        Awaitility.await().atMost(PATIENCE).until(started::settled);
        return started;
    }

    /** The same by this clock. */
    public static TestServer start(int loops, String rules, Ticker ticker) {
        TestServer started = starting(null, loops, rules, ticker);
        Awaitility.await().atMost(PATIENCE).until(started::settled);
        return started;
    }

    /** The same, which keeps what it learns in that directory. */
    public static TestServer keeping(Path state, int loops, String rules) {
        TestServer started = starting(state, loops, rules);
        Awaitility.await().atMost(PATIENCE).until(started::settled);
        return started;
    }

    /** A proxy with these rules, which may not have looked at its backends yet. */
    public static TestServer starting(int loops, String rules) {
        return starting(null, loops, rules);
    }

    private static TestServer starting(@Nullable Path state, int loops, String rules) {
        return starting(state, loops, rules, System::nanoTime);
    }

    private static TestServer starting(@Nullable Path state, int loops, String rules, Ticker ticker) {
        try {
            Rules loaded = RulesLoader.load("test.json", rules.getBytes(StandardCharsets.UTF_8));
            EssaimServer.Options options = EssaimServer.Options.of(Transport.best(), loops, state);
            return new TestServer(EssaimServer.start(loaded, options, ticker));
        } catch (InvalidRules e) {
            throw new IllegalArgumentException(e.problems().toString(), e);
        } catch (CannotListen | TlsFault e) {
            throw new IllegalStateException(e);
        }
    }

    /** Other rules hold from now on, once every backend of theirs that lives is known. */
    public void change(String rules) throws InvalidRules, CannotListen, TlsFault {
        server.change(RulesLoader.load("test.json", rules.getBytes(StandardCharsets.UTF_8)));
        Awaitility.await().atMost(PATIENCE).until(this::settled);
    }

    private boolean settled() {
        return server.fleet().all().stream()
                .filter(b -> b.rule().dialect() == Dialect.OLLAMA)
                .allMatch(b -> b.health() == Backend.Health.DOWN
                        || b.inventory().known() && b.inventory().loaded() != null);
    }

    public int port() {
        return server.port();
    }

    public EssaimServer server() {
        return server;
    }

    public Backend backend(String name) {
        return server.fleet().get(name);
    }

    /** Requests that wait for a slot. */
    public int waiting() {
        return server.waiting();
    }

    @Override
    public void close() {
        Awaitility.await("no request in flight at the end").atMost(PATIENCE).until(() -> server.busy() == 0);
        for (Backend backend : server.fleet().all()) { // A canary may be on its way.
            Awaitility.await(backend.name() + " has no leases").atMost(PATIENCE).until(() -> backend.inFlight() == 0);
        }
        Awaitility.await("no body is held").atMost(PATIENCE).until(() -> server.bodies() == 0);
        server.close();
        BufferLeaks.awaitNone(buffers, PATIENCE);
    }
}
