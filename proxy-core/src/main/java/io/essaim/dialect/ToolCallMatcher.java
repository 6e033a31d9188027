package io.essaim.dialect;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * Gives calls of tools ids and finds the call of each result. Ollama's clients send neither ids nor, at times, names: a
 * result without an id belongs to the oldest call of its name that has no result yet, or to the oldest of any name. Each
 * call is looked at a fixed number of times, however many there are.
 */
final class ToolCallMatcher {
    private final Map<String, Queue<Open>> byId = new HashMap<>();
    private final Map<String, Queue<Open>> byName = new HashMap<>();
    private final Queue<Open> inOrder = new ArrayDeque<>();
    private int made;

    /** A call that had no result, as far as is known. */
    private static final class Open {
        private final String id;
        private final String name;
        private boolean answered;

        Open(String id, String name) {
            this.id = id;
            this.name = name;
        }
    }

    ChatMessage complete(ChatMessage turn) {
        if (turn.role() != ChatMessage.Role.ASSISTANT && turn.role() != ChatMessage.Role.TOOL) {
            return turn;
        }
        if (!turn.has(ChatMessage.Call.class) && !turn.has(ChatMessage.Result.class)) {
            return turn;
        }
        List<ChatMessage.Part> parts = new ArrayList<>(turn.parts().size());
        for (ChatMessage.Part part : turn.parts()) {
            if (part instanceof ChatMessage.Call call) {
                parts.add(named(call));
            } else if (part instanceof ChatMessage.Result result) {
                parts.add(matched(result));
            } else {
                parts.add(part);
            }
        }
        return new ChatMessage(turn.role(), parts);
    }

    private ChatMessage.Call named(ChatMessage.Call call) {
        ChatMessage.Call named = call.id().isEmpty()
                ? new ChatMessage.Call("call_" + made++, call.name(), call.input(), call.signature())
                : call;
        Open open = new Open(named.id(), named.name());
        byId.computeIfAbsent(open.id, id -> new ArrayDeque<>(1)).add(open);
        byName.computeIfAbsent(open.name, name -> new ArrayDeque<>(1)).add(open);
        inOrder.add(open);
        return named;
    }

    private ChatMessage.Result matched(ChatMessage.Result result) {
        Open call = oldest(result.id().isEmpty() ? byName.get(result.name()) : byId.get(result.id()));
        if (call == null && result.id().isEmpty() && result.name().isEmpty()) {
            call = oldest(inOrder);
        }
        if (call == null) {
            String id = result.id().isEmpty() ? "call_" + made++ : result.id();
            return new ChatMessage.Result(id, result.name(), result.said(), result.failed());
        }
        call.answered = true;
        String name = result.name().isEmpty() ? call.name : result.name();
        return new ChatMessage.Result(call.id, name, result.said(), result.failed());
    }

    private static @Nullable Open oldest(@Nullable Queue<Open> calls) {
        if (calls == null) {
            return null;
        }
        while (!calls.isEmpty() && calls.element().answered) {
            calls.remove();
        }
        return calls.peek();
    }
}
