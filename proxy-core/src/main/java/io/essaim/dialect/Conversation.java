package io.essaim.dialect;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The turns of a request. Those of a client's body are not kept: each time they are gone through they are read again from the body,
 * one after the other, so that a million short messages cost no more memory than the bytes they came in. Reading went well once
 * before, so it cannot fail later. Immutable; any thread.
 */
public final class Conversation implements Iterable<Turn> {
    static final Conversation NOTHING = of(List.of());

    /** Reads one message. */
    interface Reading {
        /** @param place of the message in its list, from 0 */
        void read(Body message, int place, Turns out) throws Refused;
    }

    private final List<Turn> first;
    private final Body.@Nullable Items messages;
    private final Reading reading;
    private boolean empty = true;
    private boolean calls;
    private int pictures;
    private long pictureBytes;

    private Conversation(List<Turn> first, Body.@Nullable Items messages, Reading reading) {
        this.first = List.copyOf(first);
        this.messages = messages;
        this.reading = reading;
    }

    static Conversation of(List<Turn> turns) {
        Conversation all = new Conversation(turns, null, (message, place, out) -> {});
        all.forEach(all::note);
        return all;
    }

    /**
     * The turns of a body.
     *
     * @param first what stands before its messages
     * @param messages where they are
     * @throws Refused as {@code reading} does, or because there are too many
     */
    static Conversation read(List<Turn> first, Body.Items messages, Reading reading) throws Refused {
        Conversation all = new Conversation(first, messages, reading);
        Walk walk = all.new Walk();
        int pieces = 0;
        for (Turn turn = walk.advance(); turn != null; turn = walk.advance()) {
            pieces += turn.parts().size();
            Bounds.pieces(pieces);
            all.note(turn);
        }
        return all;
    }

    private void note(Turn turn) {
        empty = false;
        for (Turn.Part part : turn.parts()) {
            if (part instanceof Turn.Picture picture) {
                pictures++;
                pictureBytes += picture.base64().length();
            } else if (part instanceof Turn.Call) {
                calls = true;
            }
        }
    }

    boolean isEmpty() {
        return empty;
    }

    /** Whether the assistant called a tool. */
    boolean hasCalls() {
        return calls;
    }

    /** How many pictures there are. */
    public int pictures() {
        return pictures;
    }

    /** How long they are, in base64. */
    public long pictureBytes() {
        return pictureBytes;
    }

    @Override
    public Iterator<Turn> iterator() {
        return new Walk();
    }

    @Override
    public boolean equals(Object other) {
        if (!(other instanceof Conversation that)) {
            return false;
        }
        Iterator<Turn> mine = iterator();
        Iterator<Turn> theirs = that.iterator();
        while (mine.hasNext() && theirs.hasNext()) {
            if (!mine.next().equals(theirs.next())) {
                return false;
            }
        }
        return !mine.hasNext() && !theirs.hasNext();
    }

    @Override
    public int hashCode() {
        int hash = 1;
        for (Turn turn : this) {
            hash = 31 * hash + turn.hashCode();
        }
        return hash;
    }

    @Override
    public String toString() {
        List<Turn> all = new ArrayList<>();
        forEach(all::add);
        return all.toString();
    }

    /** Takes the turns that a message becomes. */
    static final class Turns {
        private final ArrayDeque<Turn> ready = new ArrayDeque<>();
        private final List<Turn.Part> parts = new ArrayList<>();
        private Turn.@Nullable Role open;

        void add(Turn.Role role, List<Turn.Part> said) {
            close();
            open = role;
            parts.addAll(said);
        }

        /** Says more in the latest turn, if it is the assistant's; else in a turn of its own. */
        void goOn(Turn.Role role, List<Turn.Part> said) {
            if (open == Turn.Role.ASSISTANT && role == open) {
                parts.addAll(said);
            } else {
                add(role, said);
            }
        }

        private void close() {
            if (open != null) {
                ready.add(new Turn(open, parts));
                parts.clear();
                open = null;
            }
        }
    }

    private final class Walk implements Iterator<Turn> {
        private final CallMatching matching = new CallMatching();
        private final Turns turns = new Turns();
        private final @Nullable Iterator<Body> left = messages == null ? null : messages.iterator();
        private int place;
        private @Nullable Turn next;

        Walk() {
            turns.ready.addAll(first);
        }

        private @Nullable Turn advance() throws Refused {
            while (turns.ready.isEmpty() && left != null && left.hasNext()) {
                reading.read(left.next(), place++, turns);
            }
            if (turns.ready.isEmpty()) {
                turns.close();
            }
            Turn turn = turns.ready.poll();
            return turn == null ? null : matching.complete(turn);
        }

        @Override
        public boolean hasNext() {
            if (next == null) {
                try {
                    next = advance();
                } catch (Refused e) {
                    throw new IllegalStateException("a body that was read before cannot be read again", e);
                }
            }
            return next != null;
        }

        @Override
        public Turn next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            Turn turn = Objects.requireNonNull(next);
            next = null;
            return turn;
        }
    }
}
