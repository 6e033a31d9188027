package io.essaim.dialect;

import io.essaim.dialect.StreamEvent.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Makes a well-formed stream of events of what a dialect says: begins once, gives calls numbers and ids, ends calls before
 * the finish, and keeps the finish until the dialect's last word, because usage comes behind the reason in some and before
 * it in others.
 */
final class EventAssembler {
    /** More calls in one answer than any model makes; bounds what a hostile backend can make us remember. */
    private static final int MOST_CALLS = 256;

    private static final String LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789";

    /** A call that was begun. */
    private static final class Slot {
        private final int place;
        private final String id;
        private final String name;
        private boolean ended;

        Slot(int place, String id, String name) {
            this.place = place;
            this.id = id;
            this.name = name;
        }
    }

    private final LongSupplier random;
    private final List<Slot> calls = new ArrayList<>(0);
    private Consumer<StreamEvent> out = e -> {};
    private @Nullable Reason reason;
    private long prompt = -1;
    private long completion = -1;
    private boolean begun;
    private boolean over;

    /** @param random for ids that the backend did not give */
    EventAssembler(LongSupplier random) {
        this.random = random;
    }

    void to(Consumer<StreamEvent> consumer) {
        out = consumer;
    }

    boolean isOver() {
        return over;
    }

    private void emit(StreamEvent event) {
        begin();
        if (!over) {
            out.accept(event);
        }
    }

    /** A frame came that says no more than that the backend works. */
    void begin() {
        if (!begun && !over) {
            begun = true;
            out.accept(new StreamEvent.Begin());
        }
    }

    void words(String text, @Nullable String logprobs) {
        if (!text.isEmpty() || logprobs != null) {
            emit(new StreamEvent.Words(text, logprobs));
        }
    }

    void thoughts(String text, @Nullable String signature) {
        if (!text.isEmpty() || signature != null) {
            emit(new StreamEvent.Thoughts(text, signature));
        }
    }

    /**
     * The number of the call that a piece belongs to, or -1 when it begins a new one. A known id decides; else the place,
     * unless another id or name comes with it; without either, a piece that has no name goes on with the last call. (Gemini's
     * compatible endpoint gives no places, or 0 for all; some servers repeat the name, others the id.)
     *
     * @param place the backend's own index, -1 if it gave none
     */
    int find(int place, String id, String name) {
        int samePlace = -1;
        for (int i = calls.size() - 1; i >= 0; i--) {
            Slot slot = calls.get(i);
            if (!id.isEmpty() && slot.id.equals(id) && (place < 0 || slot.place == place)) {
                return i;
            }
            if (samePlace < 0 && place >= 0 && slot.place == place) {
                samePlace = i;
            }
        }
        if (name.isEmpty()) {
            return place < 0 ? calls.size() - 1 : samePlace;
        }
        boolean repeated =
                samePlace >= 0 && id.isEmpty() && calls.get(samePlace).name.equals(name);
        return repeated ? samePlace : -1;
    }

    /**
     * Begins a call.
     *
     * @param id the backend's, or empty to make one
     * @return its number
     */
    int call(int place, String id, String name, @Nullable String signature) throws InvalidFrame {
        if (calls.size() >= MOST_CALLS) {
            throw new InvalidFrame("too many tool calls");
        }
        if (name.isEmpty()) {
            throw new InvalidFrame("a tool call without a name");
        }
        String given = id.isEmpty() ? newId() : id;
        int index = calls.size();
        calls.add(new Slot(place, given, name));
        emit(new StreamEvent.CallBegin(index, given, name, signature));
        return index;
    }

    void arguments(int index, String piece) {
        if (!piece.isEmpty() && !calls.get(index).ended) {
            emit(new StreamEvent.CallArguments(index, piece));
        }
    }

    void callOver(int index) {
        Slot slot = calls.get(index);
        if (!slot.ended) {
            emit(new StreamEvent.CallEnd(index));
            slot.ended = true;
        }
    }

    /** Negative numbers are unknown and leave what was known. */
    void usage(long promptTokens, long completionTokens) {
        prompt = promptTokens < 0 ? prompt : promptTokens;
        completion = completionTokens < 0 ? completion : completionTokens;
    }

    /** The backend gave a reason; the first counts. */
    void because(Reason why) {
        if (reason == null) {
            reason = why;
        }
    }

    /** The backend's last word. */
    void finish() {
        if (over) {
            return;
        }
        for (int i = 0; i < calls.size(); i++) {
            callOver(i);
        }
        if (prompt >= 0 || completion >= 0) {
            emit(new StreamEvent.Usage(Math.max(prompt, 0), Math.max(completion, 0)));
        }
        Reason why = reason == null ? Reason.STOP : reason;
        emit(new StreamEvent.Finish(why == Reason.STOP && !calls.isEmpty() ? Reason.CALLS : why));
        over = true;
    }

    void fail(ProviderError fault) {
        if (!over) {
            over = true;
            out.accept(new StreamEvent.Failed(fault));
        }
    }

    /** Nothing more comes. Without a reason the answer is not whole, however properly the connection ended. */
    void end() {
        if (reason != null) {
            finish();
        } else {
            fail(ProviderError.of(
                    ProviderError.Kind.INCOMPLETE, 502, "the backend ended its answer before it was complete"));
        }
    }

    /** As Ollama makes them: {@code call_} and eight letters or digits. */
    private String newId() {
        StringBuilder id = new StringBuilder("call_");
        long bits = random.getAsLong() >>> 1;
        for (int i = 0; i < 8; i++) {
            id.append(LETTERS.charAt((int) (bits % LETTERS.length())));
            bits /= LETTERS.length();
        }
        return id.toString();
    }
}
