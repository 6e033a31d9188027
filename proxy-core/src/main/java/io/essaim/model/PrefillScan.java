package io.essaim.model;

import io.essaim.api.Operation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds a {@link Prefill}. As in {@link BodyScan} a key that decides must stand once and in lower case, since Ollama would take
 * the last of several in any case.
 */
final class PrefillScan {
    private static final Set<String> DECIDING = Set.of(
            "messages",
            "prompt",
            "raw",
            "format",
            "response_format",
            "suffix",
            "template",
            "context",
            "options",
            "max_tokens",
            "max_completion_tokens",
            "role",
            "content",
            "tool_calls");

    private final byte[] a;
    private final int base;
    private final Operation operation;

    PrefillScan(byte[] body, int base, Operation operation) {
        this.a = body;
        this.base = base;
        this.operation = operation;
    }

    /** A value: offsets in the array. */
    private record Value(int from, int to) {}

    @Nullable
    Prefill scan(int end) throws InvalidBody {
        Map<String, Value> top = members(base, end);
        // A grammar holds from the first token on: it would make the model begin its document anew.
        if (says(top, "format") || says(top, "response_format")) {
            return null;
        }
        return switch (operation) {
            case CHAT, V1_CHAT, V1_MESSAGES -> chat(top);
            case GENERATE -> raw(top);
            default -> null;
        };
    }

    private @Nullable Prefill chat(Map<String, Value> top) throws InvalidBody {
        Value messages = top.get("messages");
        Value last = messages == null ? null : lastElement(messages);
        if (last == null || a[last.from] != '{') {
            return null;
        }
        Map<String, Value> message = members(last.from, last.to);
        Value role = message.get("role");
        if (role == null || a[role.from] != '"') {
            return null;
        }
        if (!text(role).equalsIgnoreCase("assistant")) {
            return new Prefill(Prefill.Place.MESSAGE, last.to - base, limits(top));
        }
        // Two messages of the same role would be made one, with a blank line between them (template/template.go,
        // collate).
        Value content = message.get("content");
        return content == null || a[content.from] != '"' || says(message, "tool_calls")
                ? null
                : new Prefill(Prefill.Place.TEXT, content.to - 1 - base, limits(top));
    }

    private @Nullable Prefill raw(Map<String, Value> top) throws InvalidBody {
        Value prompt = top.get("prompt");
        Value raw = top.get("raw");
        if (prompt == null || a[prompt.from] != '"' || !says(top, "prompt") || raw == null || a[raw.from] != 't') {
            return null;
        }
        boolean rendered = says(top, "suffix") || says(top, "template") || says(top, "context");
        return rendered ? null : new Prefill(Prefill.Place.TEXT, prompt.to - 1 - base, limits(top));
    }

    /** Whether the key is there with more than null or "". */
    private boolean says(Map<String, Value> members, String key) {
        Value value = members.get(key);
        return value != null && a[value.from] != 'n' && !(a[value.from] == '"' && value.to - value.from == 2);
    }

    private List<Prefill.Limit> limits(Map<String, Value> top) throws InvalidBody {
        List<Prefill.Limit> limits = new ArrayList<>(1);
        if (operation == Operation.V1_CHAT || operation == Operation.V1_MESSAGES) {
            limit(top.get("max_tokens"), limits);
            limit(top.get("max_completion_tokens"), limits);
            return limits;
        }
        Value options = top.get("options");
        if (options != null && a[options.from] == '{') {
            Map<String, Value> all = new HashMap<>();
            walk(options.from, options.to, all::put); // The last of several counts, in this case only.
            limit(all.get("num_predict"), limits);
        }
        return limits;
    }

    private void limit(@Nullable Value value, List<Prefill.Limit> limits) {
        long tokens = value == null ? -1 : PromptScan.tokens(a, value.from, value.to);
        if (value != null && tokens > 0) {
            limits.add(new Prefill.Limit(new ByteSpan(value.from - base, value.to - base), tokens));
        }
    }

    /** Those members of an object that decide something. */
    private Map<String, Value> members(int from, int to) throws InvalidBody {
        Map<String, Value> found = new HashMap<>();
        boolean[] twofold = new boolean[1];
        walk(from, to, (key, value) -> {
            String folded = key.toLowerCase(Locale.ROOT).replace('\u017f', 's').replace('\u212a', 'k');
            if (DECIDING.contains(folded)) {
                twofold[0] |= !folded.equals(key) || found.put(key, value) != null;
            }
        });
        if (twofold[0]) {
            throw new InvalidBody("ambiguous_json", "a key that decides could be read in two ways");
        }
        return found;
    }

    /** Takes members in their order. */
    private interface Members {
        void member(String key, Value value);
    }

    private void walk(int from, int to, Members members) throws InvalidBody {
        GoJsonScanner walk = new GoJsonScanner(a, from, to);
        walk.expect('{', "looking for an object");
        if (walk.peek() == '}') {
            return;
        }
        do {
            walk.peek();
            int key = walk.pos;
            walk.skipString();
            String name = walk.decode(key, walk.pos);
            walk.expect(':', "after object key");
            members.member(name, value(walk));
        } while (more(walk));
    }

    private @Nullable Value lastElement(Value array) throws InvalidBody {
        if (a[array.from] != '[') {
            return null;
        }
        GoJsonScanner walk = new GoJsonScanner(a, array.from + 1, array.to);
        if (walk.peek() == ']') {
            return null;
        }
        Value last;
        do {
            last = value(walk);
        } while (more(walk));
        return last;
    }

    private static Value value(GoJsonScanner walk) throws InvalidBody {
        walk.peek();
        int from = walk.pos;
        walk.skipValue();
        return new Value(from, walk.pos);
    }

    private static boolean more(GoJsonScanner walk) {
        boolean comma = walk.peek() == ',';
        walk.pos++;
        return comma;
    }

    private String text(Value string) {
        return new GoJsonScanner(a, string.from, string.to).decode(string.from, string.to);
    }
}
