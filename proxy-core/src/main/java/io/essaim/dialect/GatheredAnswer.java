package io.essaim.dialect;

import java.util.ArrayList;
import java.util.List;

/** What came of an answer so far, for writers that need the whole of it; bounded. */
final class GatheredAnswer {
    /** Characters of one answer that are kept: far more than any context holds. */
    static final int LARGEST = 32 << 20;

    /** A call whose arguments are gathered. */
    static final class Call {
        private final String id;
        private final String name;
        private final StringBuilder arguments = new StringBuilder();

        Call(String id, String name) {
            this.id = id;
            this.name = name;
        }

        String id() {
            return id;
        }

        String name() {
            return name;
        }

        /** The arguments as they came; an empty object when none came. */
        String arguments() {
            return arguments.isEmpty() ? "{}" : arguments.toString();
        }
    }

    final StringBuilder words = new StringBuilder();
    final StringBuilder thoughts = new StringBuilder();
    final StringBuilder logprobs = new StringBuilder();
    private String signature = "";
    private final List<Call> calls = new ArrayList<>(0);
    private long size;

    /** Whether there is still room for a piece; counts it. */
    boolean fits(StreamEvent event) {
        if (event instanceof StreamEvent.Words piece) {
            String odds = piece.logprobs();
            size += piece.text().length() + (odds == null ? 0 : odds.length());
        } else if (event instanceof StreamEvent.Thoughts piece) {
            size += piece.text().length();
        } else if (event instanceof StreamEvent.CallArguments piece) {
            size += piece.piece().length();
        }
        return size <= LARGEST;
    }

    void words(StreamEvent.Words piece) {
        words.append(piece.text());
        String odds = piece.logprobs();
        if (odds != null && odds.length() > 2) {
            // Two JSON arrays become one.
            logprobs.append(logprobs.isEmpty() ? "" : ",").append(odds, 1, odds.length() - 1);
        }
    }

    void thoughts(StreamEvent.Thoughts piece) {
        thoughts.append(piece.text());
        String proof = piece.signature();
        signature = proof == null ? signature : proof;
    }

    /** The backend's proof for the thoughts, empty if none. */
    String signature() {
        return signature;
    }

    void begin(StreamEvent.CallBegin call) {
        calls.add(new Call(call.id(), call.name()));
    }

    void arguments(StreamEvent.CallArguments piece) {
        calls.get(piece.index()).arguments.append(piece.piece());
    }

    Call call(int index) {
        return calls.get(index);
    }

    List<Call> calls() {
        return calls;
    }

    static ProviderError tooLarge() {
        return ProviderError.malformed("an answer of more than " + (LARGEST >> 20) + " million characters");
    }
}
