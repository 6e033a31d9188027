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
final class CallMatching {
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

    Turn complete(Turn turn) {
        if (turn.role() != Turn.Role.ASSISTANT && turn.role() != Turn.Role.TOOL) {
            return turn;
        }
        if (!turn.has(Turn.Call.class) && !turn.has(Turn.Result.class)) {
            return turn;
        }
        List<Turn.Part> parts = new ArrayList<>(turn.parts().size());
        for (Turn.Part part : turn.parts()) {
            if (part instanceof Turn.Call call) {
                parts.add(named(call));
            } else if (part instanceof Turn.Result result) {
                parts.add(matched(result));
            } else {
                parts.add(part);
            }
        }
        return new Turn(turn.role(), parts);
    }

    private Turn.Call named(Turn.Call call) {
        Turn.Call named = call.id().isEmpty()
                ? new Turn.Call("call_" + made++, call.name(), call.input(), call.signature())
                : call;
        Open open = new Open(named.id(), named.name());
        byId.computeIfAbsent(open.id, id -> new ArrayDeque<>(1)).add(open);
        byName.computeIfAbsent(open.name, name -> new ArrayDeque<>(1)).add(open);
        inOrder.add(open);
        return named;
    }

    private Turn.Result matched(Turn.Result result) {
        Open call = oldest(result.id().isEmpty() ? byName.get(result.name()) : byId.get(result.id()));
        if (call == null && result.id().isEmpty() && result.name().isEmpty()) {
            call = oldest(inOrder);
        }
        if (call == null) {
            String id = result.id().isEmpty() ? "call_" + made++ : result.id();
            return new Turn.Result(id, result.name(), result.said(), result.failed());
        }
        call.answered = true;
        String name = result.name().isEmpty() ? call.name : result.name();
        return new Turn.Result(call.id, name, result.said(), result.failed());
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
