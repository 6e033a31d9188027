package io.essaim.relay;

import io.essaim.api.Failure;
import io.essaim.choose.Choice;
import io.essaim.why.Step;
import io.essaim.why.Story;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What there is to say of one request: step by step for whoever asks why, and in one line when it is over, in the log
 * {@code io.essaim.access}. Holds no text of a prompt or an answer.
 */
final class ExchangeRecord {
    private static final Logger LOG = LoggerFactory.getLogger("io.essaim.access");

    private ExchangeRecord() {}

    /** Gathers as the request goes on. Confined to the request's event loop. */
    static final class Builder {
        private final Exchange.Ask ask;
        private final long since;
        private final List<String> mishaps = new ArrayList<>(2);
        private final Story story;
        private final Loop loop;
        private String backend = "-";
        private long begunAt;

        /** From now on the request can be asked for in {@link io.essaim.why.Stories}. */
        Builder(Exchange.Ask ask, Loop loop) {
            this.ask = ask;
            this.loop = loop;
            this.since = loop.now();
            String path = ask.operation().path();
            this.story = new Story(ask.id().text(), path, ask.agent(), model(), Instant.now(), since);
            loop.shared().stories().add(story);
        }

        private String model() {
            return Printable.of(String.valueOf(ask.fields().model()));
        }

        void chosen(Choice.Taken taken) {
            String name = taken.candidate().backend().name();
            story.step(new Step.Chosen(name, taken.candidate().model().shortest(), taken.tier()), loop.now());
        }

        void loading(Load load) {
            story.step(new Step.Loading(load.etaSeconds(loop.now())), loop.now());
        }

        void sent() {
            story.step(new Step.Sent(), loop.now());
        }

        void begun(Attempt a) {
            backend = a.backend().name();
            begunAt = loop.now();
            story.step(new Step.Begun(), begunAt);
        }

        void failed(Attempt a, Failure failure) {
            mishaps.add(a.backend().name() + ": " + failure.message());
            story.step(new Step.Failed(failure.kind().name(), Printable.of(failure.message())), loop.now());
        }

        /** What went wrong so far, backend by backend. */
        String mishaps() {
            return String.join("; ", mishaps);
        }

        void refused(Choice.Refused refused) {
            mishaps.add(refused.message());
            story.step(new Step.Refused(refused.reason().word(), Printable.of(refused.message(), 1000)), loop.now());
            write("refused " + refused.reason().word(), 0);
        }

        /** @param saidError whether the backend ended its own stream with an error */
        void complete(boolean saidError, int attempts) {
            write(saidError ? "failed BACKEND_ERROR" : "ok", attempts);
        }

        void end(Failure failure, int attempts) {
            write("failed " + failure.kind(), attempts);
        }

        private void write(String outcome, int attempts) {
            long now = loop.now();
            story.end(outcome, now);
            if (!LOG.isInfoEnabled()) {
                return;
            }
            LOG.info(
                    "{} {} agent={} model={} backend={} attempts={} firstMs={} totalMs={} {}{}",
                    ask.id(),
                    ask.operation().path(),
                    ask.agent(),
                    model(),
                    backend,
                    attempts,
                    begunAt == 0 ? "-" : millis(begunAt - since),
                    millis(now - since),
                    outcome,
                    mishaps.isEmpty() ? "" : " (" + Printable.of(mishaps()) + ")");
        }

        private static String millis(long nanos) {
            return Long.toString(nanos / 1_000_000);
        }
    }
}
