package io.essaim.config;

import static io.essaim.config.ValueType.integer;
import static io.essaim.config.ValueType.size;
import static io.essaim.config.ValueType.time;

import java.time.Duration;
import java.util.List;
import java.util.function.Function;

/** Reads {@code timeouts}, {@code limits} and {@code queue}. */
final class BoundsReader {
    private static final ValueType<Duration> WAIT = time(Duration.ofMillis(1));
    private static final ValueType<Duration> WAIT_OR_NOT = time(Duration.ZERO);
    private static final ValueType<Integer> CONNECTIONS = integer(1, 65536);

    private static final Bound<Timeouts, Duration> CONNECT = timeout("connect", WAIT, Timeouts::connect, "connect %s")
            .means("For a connection to a backend: to look up its name, and to try its addresses one after the other.");
    private static final Bound<Timeouts, Duration> FIRST_TOKEN = timeout(
                    "firstToken", WAIT, Timeouts::firstToken, ", first token %s")
            .means("From the request sent to the first byte of a streamed answer; a cold load must fit in.");
    private static final Bound<Timeouts, Duration> WHOLE = timeout("whole", WAIT, Timeouts::whole, ", whole answer %s")
            .means("From the request sent to the first byte of an answer that is not streamed.");
    private static final Bound<Timeouts, Duration> IDLE =
            timeout("idle", WAIT, Timeouts::idle, ", idle %s").means("Between bytes of a stream.");
    private static final Bound<Timeouts, Duration> CLIENT_WRITE = timeout(
                    "clientWrite", WAIT, Timeouts::clientWrite, ", client write %s")
            .means("Without progress while a client reads too slowly.");
    private static final Bound<Timeouts, Duration> BODY_IDLE = timeout(
                    "bodyIdle", WAIT, Timeouts::bodyIdle, ", body idle %s")
            .means("Without progress while a client sends the body of a request, also a file for a model.");
    private static final Bound<Timeouts, Duration> HEARTBEAT = timeout(
                    "heartbeat", WAIT_OR_NOT, Timeouts::heartbeat, ", heartbeat %s")
            .means(
                    "Without a byte to a client that waits for a stream to begin, before it gets a sign of life that its dialect allows; `\"0s\"` for none.");
    private static final Bound<Timeouts, Duration> DRAIN = timeout("drain", WAIT_OR_NOT, Timeouts::drain, ", drain %s")
            .means("For requests under way at shutdown; `\"0s\"` cuts them off.");
    private static final List<Bound<Timeouts, ?>> ALL_TIMEOUTS =
            List.of(CONNECT, FIRST_TOKEN, WHOLE, IDLE, CLIENT_WRITE, BODY_IDLE, HEARTBEAT, DRAIN);

    private static final Bound<Limits, Long> MAX_BODY = limit("maxBody", size(), Limits::maxBody, "body %s")
            .means("Size of a request body; never more than an eighth of the heap.");
    private static final Bound<Limits, Integer> MAX_CONNECTIONS = limit(
                    "maxConnections", CONNECTIONS, Limits::maxConnections, ", connections %s")
            .means("Open client connections.");
    private static final Bound<Limits, Integer> PER_CLIENT = limit(
                    "maxConnectionsPerClient", CONNECTIONS, Limits::maxConnectionsPerClient, " (%s per client)")
            .means(
                    "Open connections of one address. This machine and the proxies of `listen.trust` have no such limit, because many clients are behind them.");
    private static final Bound<Limits, Integer> ATTEMPTS = limit(
                    "attempts", integer(1, 10), Limits::attempts, ", attempts %s")
            .means("Backends tried for one request, the first included.");
    private static final List<Bound<Limits, ?>> ALL_LIMITS = List.of(MAX_BODY, MAX_CONNECTIONS, PER_CLIENT, ATTEMPTS);

    private static final Bound<QueueRule, Integer> MAX_WAITING = queued(
                    "maxWaiting", integer(0, 10_000), QueueRule::maxWaiting, "%s per model")
            .means(
                    "Requests that wait for one model. With 0 none waits: a request for which no slot is free is refused.");
    private static final Bound<QueueRule, Long> MAX_BYTES = queued(
                    "maxBytes", size(), QueueRule::maxBytes, ", %s in all")
            .means("Size of the bodies of all requests that wait, whatever the model. One alone may be larger.");
    private static final Bound<QueueRule, Duration> DEADLINE = queued("deadline", WAIT, QueueRule::deadline, ", for %s")
            .means("How long a request waits at most. One that is expected to wait longer is refused at once.");
    private static final List<Bound<QueueRule, ?>> ALL_QUEUED = List.of(MAX_WAITING, MAX_BYTES, DEADLINE);

    static final RulesKey<Timeouts> TIMEOUTS = RulesKey.object(
                    RulesObject.of("timeouts", "How long to wait.", Bound.keys(ALL_TIMEOUTS)), BoundsReader::timeouts)
            .otherwise("the defaults of its keys");
    static final RulesKey<Limits> LIMITS = RulesKey.object(
                    RulesObject.of(
                            "limits", "Bounds that keep one client from starving the others.", Bound.keys(ALL_LIMITS)),
                    BoundsReader::limits)
            .otherwise("the defaults of its keys");
    static final RulesKey<QueueRule> QUEUE = RulesKey.object(
                    RulesObject.of("queue", "How requests wait for a free slot.", Bound.keys(ALL_QUEUED)),
                    BoundsReader::queue)
            .otherwise("the defaults of its keys");

    private BoundsReader() {}

    private static Timeouts timeouts(Section section) {
        return new Timeouts(
                section.get(CONNECT.key()),
                section.get(FIRST_TOKEN.key()),
                section.get(WHOLE.key()),
                section.get(IDLE.key()),
                section.get(CLIENT_WRITE.key()),
                section.get(BODY_IDLE.key()),
                section.get(HEARTBEAT.key()),
                section.get(DRAIN.key()));
    }

    private static Limits limits(Section section) {
        return new Limits(
                section.get(MAX_BODY.key()),
                section.get(MAX_CONNECTIONS.key()),
                section.get(PER_CLIENT.key()),
                section.get(ATTEMPTS.key()));
    }

    private static QueueRule queue(Section section) {
        return new QueueRule(section.get(MAX_WAITING.key()), section.get(MAX_BYTES.key()), section.get(DEADLINE.key()));
    }

    /** For a person. */
    static String text(Timeouts timeouts) {
        return Bound.text(ALL_TIMEOUTS, timeouts);
    }

    /** For a person. */
    static String text(Limits limits) {
        return Bound.text(ALL_LIMITS, limits);
    }

    /** For a person. */
    static String text(QueueRule queue) {
        return Bound.text(ALL_QUEUED, queue);
    }

    private static Bound<Timeouts, Duration> timeout(
            String name, ValueType<Duration> type, Function<Timeouts, Duration> value, String phrase) {
        return Bound.of(Timeouts.DEFAULTS, name, type, value, phrase);
    }

    private static <T> Bound<Limits, T> limit(
            String name, ValueType<T> type, Function<Limits, T> value, String phrase) {
        return Bound.of(Limits.DEFAULTS, name, type, value, phrase);
    }

    private static <T> Bound<QueueRule, T> queued(
            String name, ValueType<T> type, Function<QueueRule, T> value, String phrase) {
        return Bound.of(QueueRule.DEFAULTS, name, type, value, phrase);
    }
}
