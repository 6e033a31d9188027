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
public final class ChatMessages implements Iterable<ChatMessage> {
    static final ChatMessages NOTHING = of(List.of());

    /** Reads one message. */
    interface Reading {
        /** @param place of the message in its list, from 0 */
        void read(GoJsonObject message, int place, Turns out) throws InvalidRequest;
    }

    private final List<ChatMessage> first;
    private final GoJsonObject.@Nullable Items messages;
    private final Reading reading;
    private boolean empty = true;
    private boolean calls;
    private int pictures;
    private long pictureBytes;

    private ChatMessages(List<ChatMessage> first, GoJsonObject.@Nullable Items messages, Reading reading) {
        this.first = List.copyOf(first);
        this.messages = messages;
        this.reading = reading;
    }

    static ChatMessages of(List<ChatMessage> turns) {
        ChatMessages all = new ChatMessages(turns, null, (message, place, out) -> {});
        all.forEach(all::note);
        return all;
    }

    /**
     * The turns of a body.
     *
     * @param first what stands before its messages
     * @param messages where they are
     * @throws InvalidRequest as {@code reading} does, or because there are too many
     */
    static ChatMessages read(List<ChatMessage> first, GoJsonObject.Items messages, Reading reading)
            throws InvalidRequest {
        ChatMessages all = new ChatMessages(first, messages, reading);
        Walk walk = all.new Walk();
        int pieces = 0;
        for (ChatMessage turn = walk.advance(); turn != null; turn = walk.advance()) {
            pieces += turn.parts().size();
            TranslationLimits.pieces(pieces);
            all.note(turn);
        }
        return all;
    }

    private void note(ChatMessage turn) {
        empty = false;
        for (ChatMessage.Part part : turn.parts()) {
            if (part instanceof ChatMessage.Picture picture) {
                pictures++;
                pictureBytes += picture.base64().length();
            } else if (part instanceof ChatMessage.Call) {
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
    public Iterator<ChatMessage> iterator() {
        return new Walk();
    }

    @Override
    public boolean equals(Object other) {
        if (!(other instanceof ChatMessages that)) {
            return false;
        }
        Iterator<ChatMessage> mine = iterator();
        Iterator<ChatMessage> theirs = that.iterator();
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
        for (ChatMessage turn : this) {
            hash = 31 * hash + turn.hashCode();
        }
        return hash;
    }

    @Override
    public String toString() {
        List<ChatMessage> all = new ArrayList<>();
        forEach(all::add);
        return all.toString();
    }

    /** Takes the turns that a message becomes. */
    static final class Turns {
        private final ArrayDeque<ChatMessage> ready = new ArrayDeque<>();
        private final List<ChatMessage.Part> parts = new ArrayList<>();
        private ChatMessage.@Nullable Role open;

        void add(ChatMessage.Role role, List<ChatMessage.Part> said) {
            close();
            open = role;
            parts.addAll(said);
        }

        /** Says more in the latest turn, if it is the assistant's; else in a turn of its own. */
        void goOn(ChatMessage.Role role, List<ChatMessage.Part> said) {
            if (open == ChatMessage.Role.ASSISTANT && role == open) {
                parts.addAll(said);
            } else {
                add(role, said);
            }
        }

        private void close() {
            if (open != null) {
                ready.add(new ChatMessage(open, parts));
                parts.clear();
                open = null;
            }
        }
    }

    private final class Walk implements Iterator<ChatMessage> {
        private final ToolCallMatcher matching = new ToolCallMatcher();
        private final Turns turns = new Turns();
        private final @Nullable Iterator<GoJsonObject> left = messages == null ? null : messages.iterator();
        private int place;
        private @Nullable ChatMessage next;

        Walk() {
            turns.ready.addAll(first);
        }

        private @Nullable ChatMessage advance() throws InvalidRequest {
            while (turns.ready.isEmpty() && left != null && left.hasNext()) {
                reading.read(left.next(), place++, turns);
            }
            if (turns.ready.isEmpty()) {
                turns.close();
            }
            ChatMessage turn = turns.ready.poll();
            return turn == null ? null : matching.complete(turn);
        }

        @Override
        public boolean hasNext() {
            if (next == null) {
                try {
                    next = advance();
                } catch (InvalidRequest e) {
                    throw new IllegalStateException("a body that was read before cannot be read again", e);
                }
            }
            return next != null;
        }

        @Override
        public ChatMessage next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            ChatMessage turn = Objects.requireNonNull(next);
            next = null;
            return turn;
        }
    }
}
