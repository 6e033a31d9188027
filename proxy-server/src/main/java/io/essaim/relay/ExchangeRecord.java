package io.essaim.relay;

import io.essaim.api.Failure;
import io.essaim.choose.Choice;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What there is to say of one request when it is over; written to the log {@code io.essaim.access}. Holds no text of a
 * prompt or an answer.
 */
final class ExchangeRecord {
    private static final Logger LOG = LoggerFactory.getLogger("io.essaim.access");

    private ExchangeRecord() {}

    /** Gathers as the request goes on. Confined to the request's event loop. */
    static final class Builder {
        private final Exchange.Ask ask;
        private final long since;
        private final List<String> story = new ArrayList<>(2);
        private String backend = "-";
        private long begunAt;

        Builder(Exchange.Ask ask, long now) {
            this.ask = ask;
            this.since = now;
        }

        void begun(Attempt a, long now) {
            backend = a.backend().name();
            begunAt = now;
        }

        void failed(Attempt a, Failure failure) {
            story.add(a.backend().name() + ": " + failure.message());
        }

        /** What went wrong so far, backend by backend. */
        String story() {
            return String.join("; ", story);
        }

        void refused(Choice.Refused refused, long now) {
            story.add(refused.message());
            write("refused " + refused.reason().word(), 0, now);
        }

        /** @param saidError whether the backend ended its own stream with an error */
        void complete(boolean saidError, int attempts, long now) {
            write(saidError ? "failed BACKEND_ERROR" : "ok", attempts, now);
        }

        void end(Failure failure, int attempts, long now) {
            write("failed " + failure.kind(), attempts, now);
        }

        private void write(String outcome, int attempts, long now) {
            if (!LOG.isInfoEnabled()) {
                return;
            }
            LOG.info(
                    "{} {} agent={} model={} backend={} attempts={} firstMs={} totalMs={} {}{}",
                    ask.id(),
                    ask.operation().path(),
                    ask.agent(),
                    Printable.of(String.valueOf(ask.fields().model())),
                    backend,
                    attempts,
                    begunAt == 0 ? "-" : millis(begunAt - since),
                    millis(now - since),
                    outcome,
                    story.isEmpty() ? "" : " (" + Printable.of(story()) + ")");
        }

        private static String millis(long nanos) {
            return Long.toString(nanos / 1_000_000);
        }
    }
}
