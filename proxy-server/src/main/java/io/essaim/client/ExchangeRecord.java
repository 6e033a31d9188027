package io.essaim.client;

import io.essaim.api.Failure;
import io.essaim.api.Printable;
import io.essaim.dialect.StreamEvent;
import io.essaim.fault.InternalFault;
import io.essaim.fleet.Backend;
import io.essaim.learn.GenerationFindings;
import io.essaim.learn.ReportedTimings;
import io.essaim.selection.Candidate;
import io.essaim.selection.Choice;
import io.essaim.selection.Plan;
import io.essaim.selection.PromptEstimate;
import io.essaim.selection.Selector;
import io.essaim.stream.AnswerTap;
import io.essaim.upstream.Loop;
import io.essaim.why.RequestTrace;
import io.essaim.why.RequestTraces;
import io.essaim.why.Step;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.LongConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The record of one request: the steps of its trace, and at the end one line in the log {@code io.essaim.access}.
 * Holds no text of a prompt or an answer.
 */
public final class ExchangeRecord {
    private static final Logger LOG = LoggerFactory.getLogger("io.essaim.access");

    private static final int MOST_CONSIDERED = 16;

    /** Seconds. */
    private static final double SHORTEST_STREAM = 0.05;

    private ExchangeRecord() {}

    /** Gathers as the request goes on. Confined to the request's event loop. */
    public static final class Builder {
        private final ClientRequest ask;
        private final long since;
        private final List<String> mishaps = new ArrayList<>(2);
        private final RequestTrace story;
        private final Loop loop;
        private final LongConsumer atEnd;
        private final TokenCount tokens = new TokenCount();
        private String backend = "-";
        private String aside = "";
        private long begunAt;
        private int rescues;
        private boolean written;
        private String hedged = "";

        /**
         * From now on the request can be asked for in {@link io.essaim.why.RequestTraces}.
         *
         * @param atEnd called when the request is over, with the tokens that it used
         */
        public Builder(ClientRequest ask, Loop loop, RequestTraces traces, LongConsumer atEnd) {
            this.ask = ask;
            this.loop = loop;
            this.atEnd = atEnd;
            this.since = loop.now();
            String path = ask.operation().path();
            this.story = new RequestTrace(ask.id().text(), path, ask.agent(), model(), Instant.now(), since);
            story.from(ask.client());
            traces.add(story);
        }

        /** When the request was whole, in nanoseconds of the ticker. */
        public long since() {
            return since;
        }

        private String model() {
            return Printable.of(ask.wanted().asked());
        }

        public void chosen(Choice.Taken taken) {
            tokens.chosen(taken);
            String name = taken.candidate().backend().name();
            story.step(
                    new Step.Chosen(
                            name, taken.candidate().model().shortest(), taken.tier(), fewest(taken.considered())),
                    loop.now());
        }

        /** Of a large tier the cheapest: the others would fill the memory without telling more. */
        private static List<Choice.Considered> fewest(List<Choice.Considered> all) {
            if (all.size() <= MOST_CONSIDERED) {
                return List.copyOf(all);
            }
            return all.stream()
                    .sorted(Comparator.comparingDouble(Choice.Considered::cost))
                    .limit(MOST_CONSIDERED)
                    .toList();
        }

        private void step(Choice.Refused refused, List<Choice.Considered> considered) {
            String message = Printable.of(refused.message(), 1000);
            story.step(new Step.Refused(refused.reason().word(), message, considered), loop.now());
        }

        /** The host says nothing: this one is asked too. */
        public void hedged(Choice.Taken taken) {
            hedged = " hedged=lost";
            Candidate beside = taken.candidate();
            story.step(new Step.Hedged(beside.backend().name(), beside.model().shortest()), loop.now());
        }

        /** Of two backends this one is the only one from now on. */
        public void hedgeOver(Backend left, boolean second) {
            hedged = second ? " hedged=won" : hedged;
            story.step(new Step.Alone(left.name()), loop.now());
        }

        /** @param etaSeconds until the model is likely to be in memory; 0 while that is not known */
        public void loading(int etaSeconds) {
            story.step(new Step.Loading(etaSeconds), loop.now());
        }

        public void sent() {
            story.step(new Step.Sent(), loop.now());
        }

        /**
         * A host answers.
         *
         * @param good whether it does what was asked
         * @return what looks at the answer
         */
        public AnswerTap answer(AnswerTap end, boolean good) {
            if (good && ask.operation().infers()) {
                tokens.answeredBy(end);
            }
            return end;
        }

        /** A cloud is asked. */
        public void cloud(Backend cloud, String asked, long bytes) {
            tokens.asks(bytes);
            story.step(new Step.Cloud(cloud.name(), asked), loop.now());
        }

        /** A part of a cloud's answer came. */
        public void came(StreamEvent event) {
            tokens.came(event);
        }

        public void begun(Backend answering) {
            backend = answering.name();
            begunAt = loop.now();
            story.step(new Step.Begun(), begunAt);
        }

        /** Whether the answer broke off and went on. */
        public boolean wasRescued() {
            return rescues > 0;
        }

        /** The answer that broke off goes on. */
        public void rescued(Backend next) {
            backend += "," + next.name();
            rescues++;
            story.step(new Step.Rescued(), loop.now());
        }

        /** The answer broke off, and nobody else can go on; all that went wrong so far. */
        public String alone(Choice.Refused refused) {
            mishaps.add("nobody else can go on: " + refused.message());
            step(refused, List.of());
            return mishaps();
        }

        public void failed(Backend asked, Failure failure) {
            mishaps.add(asked.name() + ": " + failure.message());
            story.step(new Step.Failed(failure.kind().name(), Printable.of(failure.message())), loop.now());
        }

        /**
         * The agent's rule lets it ask no cloud.
         *
         * @param barrier which rule says so; empty where the rules give nobody a cloud
         */
        public void mustStay(String barrier) {
            aside = barrier.isEmpty() ? "" : "; " + barrier;
            String why = barrier.isEmpty() ? "agent " + ask.agent() + " has no cloud in its rule" : barrier;
            story.step(new Step.PassedOver("any cloud", why), loop.now());
        }

        /** What a refusal of local backends says of clouds besides; empty, or begins with a semicolon. */
        public String aside() {
            return aside;
        }

        /** A refusal is to say this too. */
        public void beside(String why) {
            aside += "; " + why;
        }

        /** A cloud could not be asked. */
        public void passedOver(String cloud, String why) {
            mishaps.add(cloud + ": " + why);
            story.step(new Step.PassedOver(cloud, Printable.of(why)), loop.now());
        }

        /** What went wrong so far, backend by backend. */
        public String mishaps() {
            return String.join("; ", mishaps);
        }

        /**
         * Nobody could take it.
         *
         * @param plan where it might have gone
         */
        public void refused(Choice.Refused refused, Plan plan, PromptEstimate prompt) {
            mishaps.add(refused.message());
            step(refused, Selector.look(plan, prompt, MOST_CONSIDERED));
            write("refused " + refused.reason().word(), 0);
        }

        /**
         * The answer is complete.
         *
         * @param saidError whether the backend ended its own stream with an error
         * @param findings what it showed of its backend
         */
        public void complete(boolean saidError, int attempts, GenerationFindings findings) {
            if (!saidError) {
                wrote(tokens.latest(), findings.queuedSeconds());
            }
            write(
                    (saidError ? "failed BACKEND_ERROR" : "ok") + (rescues == 0 ? "" : " rescued=" + rescues) + hedged,
                    attempts);
        }

        /** Who says no times is timed here, from the first token to the last; what came at once tells no speed. */
        private void wrote(ReportedTimings said, double queuedSeconds) {
            long now = loop.now();
            double seconds = (now - begunAt) / 1e9;
            double rate = seconds < SHORTEST_STREAM ? 0 : (said.outputTokens() - 1) / seconds;
            if (said.outputNanos() > 0) {
                rate = said.outputTokens() * 1e9 / said.outputNanos();
            }
            if (said.outputTokens() > 0) {
                long prompt = Math.max(0, said.promptTokens());
                story.step(new Step.Wrote(prompt, said.outputTokens(), rate, queuedSeconds), now);
            }
        }

        public void end(Failure failure, int attempts) {
            write("failed " + failure.kind(), attempts);
        }

        /** Reports the end and writes the line. A failure here does not keep the client from being told the end. */
        private void write(String outcome, int attempts) {
            InternalFault.each("noting the end of request " + ask.id(), this::tellEnd, () -> line(outcome, attempts));
        }

        private void tellEnd() {
            long used = 0;
            try {
                used = tokens.total();
            } finally {
                atEnd.accept(used);
            }
        }

        private void line(String outcome, int attempts) {
            if (written) {
                return;
            }
            written = true;
            long now = loop.now();
            story.end(outcome, now);
            if (!LOG.isInfoEnabled()) {
                return;
            }
            LOG.info(
                    "{} {} agent={} client={} model={} backend={} attempts={} firstMs={} totalMs={} {}{}",
                    ask.id(),
                    ask.operation().path(),
                    ask.agent(),
                    ask.client(),
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
