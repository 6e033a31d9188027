package io.essaim.simulator;

import io.essaim.simulator.json.GoJson;
import io.essaim.simulator.json.JsonObject;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Decides what a model writes: text that fits a format, a tool call that the user asks for, or babble, after a thought if it thinks. */
final class Feeds {
    private static final Pattern CAPITALISED = Pattern.compile("\\p{Lu}\\p{L}+");
    private static final Pattern SEPARATOR = Pattern.compile("[_\\-.]+");
    private static final int SHORTEST_THOUGHT = 12;

    private Feeds() {}

    static TokenFeed of(Ask ask, ModelSpec spec, long seed, HostProfile.Behaviour behaviour) {
        if (ask.chat) {
            TokenFeed call = toolCall(ask, seed);
            if (call != null) {
                return call;
            }
        }
        if (ask.format != null) {
            return pieces(SchemaText.text(ask.format, seed));
        }
        boolean thinks = spec.can(Capability.THINKING) && ask.think != Ask.Think.OFF;
        int span = behaviour.maxAnswerTokens() - behaviour.minAnswerTokens() + 1;
        int length = behaviour.minAnswerTokens() + (int) Long.remainderUnsigned(Babble.mix(seed), span);
        return babble(seed, thinks ? SHORTEST_THOUGHT + (int) Long.remainderUnsigned(seed, 4) : 0, length);
    }

    private static TokenFeed babble(long seed, int thoughtTokens, int answerTokens) {
        Babble thought = new Babble(~seed);
        Babble answer = new Babble(seed);
        int[] written = {0};
        return () -> {
            int position = written[0]++;
            if (position < thoughtTokens) {
                return new TokenFeed.Piece(thought.next(), TokenFeed.Kind.THINKING, null);
            }
            return position < thoughtTokens + answerTokens ? TokenFeed.Piece.text(answer.next()) : null;
        };
    }

    private static TokenFeed pieces(String text) {
        Iterator<String> pieces = Tokens.split(text).iterator();
        return () -> pieces.hasNext() ? TokenFeed.Piece.text(pieces.next()) : null;
    }

    /**
     * A call if the last message is the user's and mentions a tool (a word of its name), or if a schema forces a call's shape. After a
     * tool's result the model answers in text.
     */
    private static @Nullable TokenFeed toolCall(Ask ask, long seed) {
        if (ask.tools.isEmpty() || !ask.lastRole().equals("user")) {
            return null;
        }
        String asked = ask.lastUserText();
        for (Ask.Tool tool : ask.tools) {
            if (mentions(asked, tool.name())) {
                return call(tool, asked, seed);
            }
        }
        return null;
    }

    private static boolean mentions(String text, String toolName) {
        String folded = text.toLowerCase(Locale.ROOT);
        for (String word : SEPARATOR.split(toolName.toLowerCase(Locale.ROOT), -1)) {
            if (word.length() > 3 && folded.contains(word)) {
                return true;
            }
        }
        return false;
    }

    private static TokenFeed call(Ask.Tool tool, String asked, long seed) {
        Map<String, @Nullable Object> arguments = arguments(tool, asked, seed);
        String id = "call_" + Ids.alphanumeric(seed, 8);
        TokenFeed.ToolCall call = new TokenFeed.ToolCall(id, tool.name(), arguments);
        // 0.15.2 swallows these tokens until the call is complete.
        int silent = Math.max(2, (tool.name().length() + GoJson.write(arguments).length() + 24) / 4);
        List<TokenFeed.Piece> pieces = new ArrayList<>();
        for (int i = 1; i < silent; i++) {
            pieces.add(new TokenFeed.Piece("", TokenFeed.Kind.SILENT, null));
        }
        pieces.add(new TokenFeed.Piece("", TokenFeed.Kind.SILENT, call));
        Iterator<TokenFeed.Piece> each = pieces.iterator();
        return () -> each.hasNext() ? each.next() : null;
    }

    private static Map<String, @Nullable Object> arguments(Ask.Tool tool, String asked, long seed) {
        Map<String, @Nullable Object> arguments = GoJson.object();
        if (!(tool.parameters() instanceof JsonObject schema)
                || !(schema.exact("properties") instanceof JsonObject properties)) {
            return arguments;
        }
        String subject = lastCapitalised(asked);
        long each = seed;
        for (JsonObject.Member member : properties.members()) {
            each = Babble.mix(each);
            boolean free = member.value() instanceof JsonObject rules
                    && "string".equals(rules.exact("type"))
                    && rules.exact("enum") == null
                    && rules.exact("const") == null;
            arguments.put(member.key(), free && subject != null ? subject : SchemaText.value(member.value(), each, 0));
        }
        return arguments;
    }

    private static @Nullable String lastCapitalised(String text) {
        Matcher matcher = CAPITALISED.matcher(text);
        String last = null;
        while (matcher.find()) {
            last = matcher.group();
        }
        return last;
    }
}
