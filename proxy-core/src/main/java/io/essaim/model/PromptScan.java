package io.essaim.model;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Gathers what the members of a body say of its prompt. */
final class PromptScan {
    private static final int LONGEST_NUMBER = 9;

    /** A body may say the same key a million times. */
    private static final int MOST_BEFORE = 16;

    private final byte[] body;
    private final int base;
    private @Nullable ByteSpan conversation;
    private @Nullable List<ByteSpan> before;
    private long mostTokens = -1;

    /** @param base index of the body's first byte */
    PromptScan(byte[] body, int base) {
        this.body = body;
        this.base = base;
    }

    /** A member; the key with its quotes. */
    void member(int keyFrom, int keyTo, int from, int to) {
        String key = key(keyFrom + 1, keyTo - 1);
        switch (key) {
            case "messages", "prompt", "input" -> conversation = new ByteSpan(from - base, to - base);
            case "system", "tools", "instructions", "template", "suffix", "think" -> {
                before = before == null ? new ArrayList<>(2) : before;
                if (before.size() < MOST_BEFORE) {
                    before.add(new ByteSpan(from - base, to - base));
                }
            }
            case "max_tokens", "max_completion_tokens", "max_output_tokens" -> mostTokens = tokens(body, from, to);
            default -> {}
        }
    }

    /** Empty when it is none of these, whatever it is. */
    private String key(int from, int to) {
        return switch (body[Math.min(from, body.length - 1)]) {
            case 'm', 'p', 'i', 's', 't' ->
                to - from > "max_completion_tokens".length()
                        ? ""
                        : new String(body, from, to - from, StandardCharsets.ISO_8859_1);
            default -> "";
        };
    }

    /** A whole number of tokens of at most nine digits that stands there; -1 for anything else. */
    static long tokens(byte[] body, int from, int to) {
        if (to - from > LONGEST_NUMBER || to == from) {
            return -1;
        }
        long number = 0;
        for (int i = from; i < to; i++) {
            if (body[i] < '0' || body[i] > '9') {
                return -1;
            }
            number = number * 10 + body[i] - '0';
        }
        return number;
    }

    PromptFields fields() {
        return conversation == null && before == null && mostTokens < 0
                ? PromptFields.NONE
                : new PromptFields(conversation, before == null ? List.of() : List.copyOf(before), mostTokens);
    }
}
