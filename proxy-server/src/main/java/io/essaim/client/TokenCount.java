package io.essaim.client;

import io.essaim.dialect.StreamEvent;
import io.essaim.learn.ReportedTimings;
import io.essaim.selection.Choice;
import io.essaim.stream.AnswerTap;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The tokens of one request, prompts and answers together, over all backends that answered: their own count, or an
 * estimate from the frames where a backend gave none. Confined to the request's event loop.
 */
final class TokenCount {
    /** Of text and of a request's JSON; what models were measured at lies around it. */
    private static final int BYTES_PER_TOKEN = 4;

    private final List<Part> parts = new ArrayList<>(1);
    private long promptExpected;
    private @Nullable FromCloud cloud;

    /** What one backend gave. */
    private sealed interface Part permits FromHost, FromCloud {
        long tokens();

        /** What the backend says of its answer. */
        ReportedTimings said();
    }

    private record FromHost(AnswerTap end, long promptExpected) implements Part {
        /** A frame is about a token. Of a single one it is not known whether a model ran at all. */
        @Override
        public long tokens() {
            ReportedTimings said = end.timings();
            boolean silent = said.promptTokens() < 0 && said.outputTokens() < 0;
            long prompt = silent && end.frames() > 1 ? promptExpected : Math.max(0, said.promptTokens());
            boolean whole = end.complete() && !silent;
            return prompt + (whole ? Math.max(0, said.outputTokens()) : Math.max(end.frames(), said.outputTokens()));
        }

        @Override
        public ReportedTimings said() {
            return end.timings();
        }
    }

    private static final class FromCloud implements Part {
        private final long body;
        private StreamEvent.@Nullable Usage usage;
        private long letters;
        private boolean whole;

        FromCloud(long body) {
            this.body = body;
        }

        void came(StreamEvent event) {
            if (event instanceof StreamEvent.Usage said) {
                usage = said;
            } else if (event instanceof StreamEvent.Words words) {
                letters += words.text().length();
            } else if (event instanceof StreamEvent.Thoughts thoughts) {
                letters += thoughts.text().length();
            } else if (event instanceof StreamEvent.CallArguments arguments) {
                letters += arguments.piece().length();
            } else if (event instanceof StreamEvent.Finish) {
                whole = true;
            }
        }

        @Override
        public long tokens() {
            long seen = (letters + BYTES_PER_TOKEN - 1) / BYTES_PER_TOKEN;
            if (usage == null) {
                return seen == 0 ? 0 : body / BYTES_PER_TOKEN + seen;
            }
            return usage.prompt() + (whole ? usage.completion() : Math.max(usage.completion(), seen));
        }

        @Override
        public ReportedTimings said() {
            return usage == null ? ReportedTimings.NONE : ReportedTimings.counts(usage.prompt(), usage.completion());
        }
    }

    /** A host is asked. */
    void chosen(Choice.Taken taken) {
        promptExpected = taken.lease().prediction().promptTokens();
    }

    /** A host's good answer begins; this looks at it. */
    void answeredBy(AnswerTap end) {
        parts.add(new FromHost(end, promptExpected));
    }

    /** @param body bytes of the request that a cloud is asked with */
    void asks(long body) {
        cloud = new FromCloud(body);
        parts.add(cloud);
    }

    /** A part of the cloud's answer. */
    void came(StreamEvent event) {
        if (cloud != null) {
            cloud.came(event);
        }
    }

    /** What the latest backend said of its answer. */
    ReportedTimings latest() {
        return parts.isEmpty()
                ? ReportedTimings.NONE
                : parts.get(parts.size() - 1).said();
    }

    /** All that was used so far. */
    long total() {
        return parts.stream().mapToLong(Part::tokens).sum();
    }
}
