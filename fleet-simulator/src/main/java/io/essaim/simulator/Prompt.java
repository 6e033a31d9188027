package io.essaim.simulator;

import java.util.ArrayList;
import java.util.List;

/** The tokens that a model reads for a request, within its context. */
final class Prompt {
    private static final int START = 1;
    private static final int END = 2;
    private static final int NEWLINE = 198;

    private Prompt() {}

    /**
     * Renders the request. Too long a chat loses its oldest messages but the system message and the last one; a single message that is
     * too long is cut in its middle by the runner, as is the prompt of generate.
     */
    static int[] tokens(Ask ask, int numCtx) {
        if (!ask.chat) {
            return generate(ask).toArray();
        }
        int[] all = chat(ask, ask.messages).toArray();
        if (!ask.truncate || all.length <= numCtx) {
            return all;
        }
        List<Ask.Message> kept = new ArrayList<>(ask.messages);
        while (all.length > numCtx && dropOldest(kept)) {
            all = chat(ask, kept).toArray();
        }
        return all;
    }

    /** What is left of a prompt after the runner has cut its middle. */
    static int[] cut(int[] tokens, int numCtx) {
        if (tokens.length <= numCtx) {
            return tokens;
        }
        Tokens kept = new Tokens();
        int head = Math.min(4, numCtx);
        for (int i = 0; i < head; i++) {
            kept.add(tokens[i]);
        }
        for (int i = tokens.length - (numCtx - head); i < tokens.length; i++) {
            kept.add(tokens[i]);
        }
        return kept.toArray();
    }

    /** The rendered text, for {@code _debug_render_only}. */
    static String text(Ask ask) {
        StringBuilder text = new StringBuilder();
        for (Ask.Message message : ask.messages) {
            text.append("<|im_start|>").append(message.role()).append('\n');
            text.append(message.text()).append("<|im_end|>\n");
        }
        return text.append("<|im_start|>assistant\n").toString();
    }

    private static boolean dropOldest(List<Ask.Message> messages) {
        for (int i = 0; i < messages.size() - 1; i++) {
            if (!messages.get(i).role().equals("system")) {
                messages.remove(i);
                return true;
            }
        }
        return false;
    }

    private static Tokens generate(Ask ask) {
        Tokens tokens = new Tokens().addAll(ask.context);
        if (ask.raw) {
            ask.messages.forEach(message -> tokens.add(message.text()));
            return tokens;
        }
        ask.messages.forEach(message -> turn(tokens, message));
        tokens.add(ask.suffix);
        return open(tokens);
    }

    private static Tokens chat(Ask ask, List<Ask.Message> messages) {
        Tokens tokens = new Tokens();
        if (!ask.tools.isEmpty()) {
            tokens.add(START).add("system").add(NEWLINE);
            ask.tools.forEach(tool -> tokens.add(tool.name()).add(String.valueOf(tool.parameters())));
            tokens.add(END).add(NEWLINE);
        }
        for (int i = 0; i < messages.size(); i++) {
            Ask.Message message = messages.get(i);
            if (i == messages.size() - 1 && message.role().equals("assistant")) {
                // The answer goes on where the last message ends.
                return tokens.add(START).add(message.role()).add(NEWLINE).add(message.text());
            }
            turn(tokens, message);
        }
        return open(tokens);
    }

    private static void turn(Tokens tokens, Ask.Message message) {
        tokens.add(START)
                .add(message.role())
                .add(NEWLINE)
                .add(message.text())
                .add(END)
                .add(NEWLINE);
    }

    private static Tokens open(Tokens tokens) {
        return tokens.add(START).add("assistant").add(NEWLINE);
    }
}
