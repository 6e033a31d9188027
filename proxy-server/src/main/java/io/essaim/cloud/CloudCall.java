package io.essaim.cloud;

import io.essaim.api.Failure;
import io.essaim.api.Failure.Kind;
import io.essaim.api.Failure.Outcome;
import io.essaim.budget.CloudUsage;
import io.essaim.budget.Reservation;
import io.essaim.config.Price;
import io.essaim.dialect.AnswerContext;
import io.essaim.dialect.AnswerReader;
import io.essaim.dialect.ProviderError;
import io.essaim.dialect.ProviderErrorReader;
import io.essaim.dialect.StreamEvent;
import io.essaim.fault.Guarded;
import io.essaim.fleet.Backend;
import io.essaim.fleet.BreakerGate;
import io.essaim.fleet.CloudModel;
import io.essaim.http.Response;
import io.essaim.upstream.AttemptDeadlines;
import io.essaim.upstream.BackendCall;
import io.essaim.upstream.CallRequest;
import io.essaim.upstream.Loop;
import io.netty.buffer.ByteBuf;
import java.io.ByteArrayOutputStream;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One call of one cloud: its answer as stream events, and one last report. The breaker's permit and the reservation
 * end exactly once in every case. A redirect is an error like any other status, because the key belongs to one origin.
 * Confined to its event loop.
 */
final class CloudCall implements BackendCall.Listener, Loop.Timed {
    private static final Logger LOG = LoggerFactory.getLogger(CloudCall.class);
    private static final int LONGEST_ERROR = 64 * 1024;
    private static final long LAST_WORDS = TimeUnit.SECONDS.toNanos(5);
    private static final long SATURATED_FOR = TimeUnit.SECONDS.toNanos(5);

    /** Who hears the answer. After {@code over} nothing comes. */
    interface Listener extends Guarded {
        void event(StreamEvent event);

        void burstOver();

        /** @param broken why there is no whole answer; null when its {@link StreamEvent.Finish} came */
        void over(@Nullable Broken broken);
    }

    /**
     * Why there is no whole answer.
     *
     * @param failure what it says about the cloud; null when the request itself is at fault
     * @param fault what to tell a client for whom nobody else can be asked
     */
    record Broken(@Nullable Failure failure, ProviderError fault) {}

    /**
     * What is asked, and on whose account.
     *
     * @param backend the cloud
     * @param model as it is known there
     * @param key shown to it; empty for none
     * @param order the request
     * @param price of the model there
     * @param reservation room in the agent's budget
     * @param permit of its breaker
     */
    record Order(
            Backend backend,
            String model,
            String key,
            CallRequest order,
            Price price,
            Reservation reservation,
            BreakerGate.Permit permit) {
        /** Where the model runs, as clients may be told. */
        AnswerContext.Remote remote() {
            return new AnswerContext.Remote(
                    model, CloudModel.host(backend.rule().url()));
        }

        /** It is not going to be sent: what it has in hand goes back. */
        void abandon() {
            try {
                reservation.refund();
            } finally {
                permit.end(Outcome.NEUTRAL, 0);
            }
        }

        @Override
        public String toString() {
            return backend.name() + " " + order;
        }
    }

    private final Loop loop;
    private final Clouds clouds;
    private final Order order;
    private final Listener listener;
    private final BackendCall call;
    private final AttemptDeadlines deadlines;
    private final ByteArrayOutputStream error = new ByteArrayOutputStream();
    private final long since;
    private @Nullable Response head;
    private @Nullable AnswerReader reader;
    private StreamEvent.@Nullable Usage usage;
    private boolean begun;
    private boolean over;
    private long overSince;

    CloudCall(Loop loop, Clouds clouds, Order order, boolean streaming, Listener listener) {
        this.loop = loop;
        this.clouds = clouds;
        this.order = order;
        this.deadlines = AttemptDeadlines.ofCloud(clouds.timeouts(), loop.now(), streaming);
        this.listener = listener;
        this.since = loop.now();
        this.call = new BackendCall(loop, order.backend, order.order, this);
    }

    void start() {
        loop.watch(this);
        call.start();
    }

    @Override
    public void head(Response response) {
        head = response;
        if (response.status() < 300 && response.status() != 200) {
            end(broken(new Failure(Kind.MALFORMED, "it answered " + response.status() + " instead of 200")));
        } else if (response.status() == 200) {
            boolean stream = response.mediaType().equals("text/event-stream");
            reader = order.backend
                    .rule()
                    .dialect()
                    .spoken()
                    .reader(stream, () -> ThreadLocalRandom.current().nextLong());
        }
    }

    @Override
    public void payload(int status, ByteBuf piece) {
        deadlines.byteCame(loop.now());
        if (over) {
            return;
        }
        if (reader == null) {
            byte[] bytes = new byte[Math.min(piece.readableBytes(), LONGEST_ERROR - error.size())];
            piece.readBytes(bytes);
            error.writeBytes(bytes);
        } else if (piece.nioBufferCount() == 1) {
            reader.accept(piece.nioBuffer(), this::event);
        } else {
            for (var part : piece.nioBuffers()) {
                reader.accept(part, this::event);
            }
        }
    }

    private void event(StreamEvent event) {
        if (over) {
            return;
        }
        if (event instanceof StreamEvent.Failed failed) {
            ProviderError fault = failed.fault();
            Failure failure = fault.failure();
            // Some refuse a request with status 200. A fault in the middle of an answer is never the request's.
            end(new Broken(failure == null && begun ? unreadable() : failure, fault));
        } else if (event instanceof StreamEvent.Finish) {
            listener.event(event);
            end(null);
        } else {
            if (event instanceof StreamEvent.Usage counted) {
                usage = counted;
            }
            listener.event(event);
        }
    }

    private static Failure unreadable() {
        return new Failure(Kind.SERVER_ERROR, "it broke off its answer");
    }

    /** The answer reaches the client from here on: from now on gaps count, not the wait for its beginning. */
    void begun() {
        if (!begun) {
            begun = true;
            order.permit.end(Outcome.OK, loop.now() - since);
        }
    }

    @Override
    public void burstOver() {
        if (!over) {
            listener.burstOver();
        }
    }

    @Override
    public void over(int status, @Nullable Failure failure) {
        if (over) {
            loop.unwatch(this);
            return;
        }
        if (failure != null) {
            end(broken(failure));
        } else if (reader != null) {
            reader.end(this::event);
        } else {
            refused(status);
        }
    }

    private void refused(int status) {
        String retryAfter = head == null ? null : head.head().first("retry-after");
        ProviderError fault = ProviderErrorReader.read(status, error.toByteArray(), retryAfter);
        if (status == 401 || status == 402 || status == 403 || fault.kind() == ProviderError.Kind.DENIED) {
            clouds.refused(order.backend, order.key, status);
        }
        end(new Broken(fault.failure(), fault));
    }

    private static Broken broken(Failure failure) {
        return new Broken(failure, fault(failure));
    }

    /** What a client is told whose answer breaks off because of this. */
    static ProviderError fault(Failure failure) {
        return new ProviderError(
                ProviderError.Kind.INCOMPLETE, failure.status(), "the answer is incomplete: " + failure.message(), -1);
    }

    @Override
    public void sweep(long now) {
        if (over) { // All has been said, but for the end of the HTTP message, without which the connection cannot be
            // used again.
            if (now - overSince > LAST_WORDS) {
                loop.unwatch(this);
                call.cancel();
            }
            return;
        }
        Failure late = deadlines.late(now, begun);
        if (late != null) {
            call.cancel();
            end(broken(late));
        }
    }

    /** The client does not read: stop reading from the cloud, or go on. */
    void pause(boolean stop) {
        if (!over && deadlines.pause(stop, loop.now())) {
            call.pause(stop);
        }
    }

    /** Nobody wants the answer any more: no last word. */
    void cancel() {
        if (!over) {
            over = true;
            loop.unwatch(this);
            call.cancel();
            try {
                account(false);
            } finally {
                order.permit.end(Outcome.NEUTRAL, 0);
            }
        }
    }

    /** Nothing that the cloud did. */
    @Override
    public void fault(Throwable cause) {
        try {
            cancel();
        } finally {
            listener.fault(cause);
        }
    }

    private void end(@Nullable Broken broken) {
        over = true;
        overSince = loop.now();
        try {
            account(broken != null && head != null && head.status() >= 300);
        } finally {
            judge(broken);
        }
        listener.over(broken);
        if (broken != null) {
            loop.unwatch(this);
            call.cancel();
        }
    }

    /** @param refused whether the cloud answered with an error, which costs nothing */
    private void account(boolean refused) {
        if (call.unread() || refused) {
            order.reservation.refund();
            return;
        }
        var warnings = usage == null
                ? order.reservation.spendAll()
                : order.reservation.settle(CloudUsage.ofCall(usage.prompt(), usage.completion(), order.price));
        warnings.forEach(warning -> LOG.warn(warning.message(clouds.currency())));
    }

    private void judge(@Nullable Broken broken) {
        long took = loop.now() - since;
        Failure failure = broken == null ? null : broken.failure;
        if (broken == null || failure == null) {
            order.permit.end(Outcome.OK, took);
            return;
        }
        if (failure.kind() == Kind.SATURATED) {
            long asked = broken.fault.retryAfterSeconds();
            order.backend.saturated(asked > 0 ? TimeUnit.SECONDS.toNanos(Math.min(asked, 3600)) : SATURATED_FOR);
        }
        if (begun && failure.outcome() == Outcome.FAIL) {
            order.permit.failLate(took);
        } else {
            order.permit.end(failure.outcome(), took);
        }
    }
}
