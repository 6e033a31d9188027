package io.essaim.recovery;

import io.essaim.api.Failure;
import io.essaim.api.Failure.Kind;
import io.essaim.api.Json;
import io.essaim.client.ClientRequest;
import io.essaim.model.Prefill;
import io.essaim.selection.Plan;
import io.essaim.selection.Tier;
import io.essaim.stream.AnswerTap;
import io.essaim.stream.ModelNameRewriter;
import io.essaim.stream.PayloadFilter;
import io.essaim.stream.Relay;
import io.essaim.upstream.BodyEdit;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The state that continues one streamed answer at another backend when it breaks off after the commit point: what the
 * client has read so far, and the edits that give it to the next backend. Only for agents whose rule allows it, so
 * that nothing is copied for others.
 *
 * <p>Ollama continues the last message of a chat when the assistant wrote it, and a raw prompt in any case ({@link
 * Prefill}). As long as the client has read thoughts only, the request is sent again unchanged: most templates close a
 * thought that they are given, so a thought cannot be continued, and no part of the answer is lost when it begins
 * anew.
 *
 * <p>Confined to its event loop.
 */
public final class StreamRescue {
    private static final int MOST_TEXT = 1 << 20;
    private static final int MOST_TIMES = 2;

    private final FrameFormat shape;
    private final Prefill prefill;
    private final StringBuilder words = new StringBuilder();
    private final StringBuilder thoughts = new StringBuilder();
    private long pieces;
    private int times;
    private boolean wanted;
    private boolean over;
    private boolean begun;
    private int sentWords;
    private int sentThoughts;
    private long sentPieces;
    /** Names of the events that open a message and its block of text; each reaches the client once. */
    private final Set<String> opened = new HashSet<>(2);

    private Set<String> sentOpened = Set.of();
    private String error = "";

    private StreamRescue(FrameFormat shape, Prefill prefill) {
        this.shape = shape;
        this.prefill = prefill;
    }

    /**
     * For one request.
     *
     * @param body the client's whole body, a heap buffer; not read later
     * @return null when its answer is not to be rescued, or could not be
     */
    public static @Nullable StreamRescue of(ClientRequest ask, Plan plan, ByteBuf body) {
        FrameFormat shape = FrameFormat.of(ask.operation());
        if (shape == null || plan.tiers().stream().mapToInt(Tier::size).sum() < 2) {
            return null;
        }
        Prefill prefill = Prefill.find(
                body.array(), body.arrayOffset() + body.readerIndex(), body.readableBytes(), ask.operation());
        return prefill == null ? null : new StreamRescue(shape, prefill);
    }

    /** What the next answer passes: its frames one by one, if it has any. */
    @Nullable
    public PayloadFilter passage(AnswerTap end, @Nullable ModelNameRewriter echo) {
        error = "";
        if (end instanceof AnswerTap.Whole) {
            lose();
            return echo;
        }
        if (!wanted) {
            forget(0, 0, 0); // What an answer said that never began has not reached the client.
            over = false;
            opened.clear();
            return new FrameGate(shape, this, echo);
        }
        if (words.isEmpty()) {
            forget(0, 0, 0); // It was sent the request as it was, and thinks anew.
        }
        begun = false;
        sentWords = words.length();
        sentThoughts = thoughts.length();
        sentPieces = pieces;
        sentOpened = Set.copyOf(opened);
        return new FrameGate(shape, this, echo).goingOn(new OverlapTrimmer(words.toString()), times + 1);
    }

    private void forget(int fromWords, int fromThoughts, long toPieces) {
        words.setLength(fromWords);
        thoughts.setLength(fromThoughts);
        pieces = toPieces;
    }

    /** A frame is passed on. It reaches the client if its answer begins. */
    void passed(Frame frame) {
        words.append(frame.words());
        thoughts.append(frame.thoughts());
        pieces += frame.words().isEmpty() && frame.thoughts().isEmpty() ? 0 : 1;
        // Who calls a tool says things that a prefill cannot hold; and a prompt that is not a chat has no place for
        // thoughts.
        if (frame.type().endsWith("_start")) {
            opened.add(frame.type());
        }
        boolean closed = frame.type().equals("content_block_stop");
        boolean beyond = closed || frame.calls() || prefill.place() == Prefill.Place.TEXT && !thoughts.isEmpty();
        if (beyond || frame.ends() || words.length() + thoughts.length() > MOST_TEXT) {
            lose();
        }
    }

    /** From here on nobody can go on: the answer came to its end, or it cannot be told. */
    void lose() {
        over = true;
        words.setLength(0);
        thoughts.setLength(0);
    }

    /** Whether another backend could go on from what the client has read. */
    boolean possible() {
        return !over;
    }

    /** Whether the client has read an event of this name that comes once. */
    boolean hasRead(String type) {
        return opened.contains(type);
    }

    /** The backend ended its stream with this. */
    void said(String text) {
        error = text;
    }

    /** What the backend that broke off said of it, as an addition to what we say; empty for nothing. */
    public String error() {
        return error.isEmpty() ? "" : "; it said: " + error;
    }

    /**
     * An answer broke off, or the backend that was to go on failed: whether another one is to be asked.
     *
     * @param anotherMay whether another backend may be asked; tells whether that costs nothing of the retry budget
     */
    public boolean goesOn(Failure failure, Predicate<Boolean> anotherMay) {
        boolean again = failure.retriable() || failure.kind() == Kind.IDLE_TIMEOUT;
        if (!begun && possible()) {
            forget(sentWords, sentThoughts, sentPieces);
            opened.retainAll(sentOpened);
        }
        // A host that dies takes no more than what it had in flight with it, as before the commit point.
        boolean free = failure.freeRetry() || failure.kind() == Kind.CUT;
        wanted = possible() && again && times < MOST_TIMES && anotherMay.test(free);
        return wanted;
    }

    /** Whether another backend is to go on, or goes on. */
    public boolean wanted() {
        return wanted;
    }

    /** The latest answer begins, or goes on. */
    public void begun() {
        begun = true;
        times += wanted ? 1 : 0;
    }

    /** What to make of an answer to that which is no stream. */
    public static Failure refused(Relay answer) {
        return new Failure(
                Kind.INTERNAL,
                "it did not go on with the answer (status " + answer.head().status() + ")");
    }

    /**
     * What is to be changed in the body, in its order: besides other changes those by which a backend goes on, if it is to. None
     * are needed as long as no word of the answer was said.
     *
     * @param others any order
     */
    public List<BodyEdit> added(List<BodyEdit> others) {
        if (!wanted || words.isEmpty()) {
            return others;
        }
        List<BodyEdit> edits = new ArrayList<>(others);
        String said = Json.quote(words.toString());
        String text = said.substring(1, said.length() - 1);
        if (prefill.place() == Prefill.Place.MESSAGE) {
            String thought =
                    thoughts.isEmpty() ? "" : ",\"" + shape.thoughts() + "\":" + Json.quote(thoughts.toString());
            text = ",{\"role\":\"assistant\",\"content\":" + said + thought + "}";
        }
        edits.add(new BodyEdit(prefill.at(), prefill.at(), text.getBytes(StandardCharsets.UTF_8)));
        for (Prefill.Limit limit : prefill.limits()) {
            // A frame is about a token.
            String left = Long.toString(Math.max(1, limit.tokens() - pieces));
            edits.add(new BodyEdit(limit.at().from(), limit.at().to(), left.getBytes(StandardCharsets.US_ASCII)));
        }
        return BodyEdit.ordered(edits);
    }
}
