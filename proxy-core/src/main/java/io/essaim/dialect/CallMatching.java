package io.essaim.dialect;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Gives calls of tools ids and finds the call of each result. Ollama's clients send neither ids nor, at times, names: a
 * result without an id belongs to the oldest call of its name that has no result yet, or to the oldest of any name.
 */
final class CallMatching {
    private final List<Turn.Call> open = new ArrayList<>();
    private int made;

    private CallMatching() {}

    static List<Turn> complete(List<Turn> turns) {
        CallMatching matching = new CallMatching();
        return turns.stream().map(matching::complete).toList();
    }

    private Turn complete(Turn turn) {
        if (turn.role() != Turn.Role.ASSISTANT && turn.role() != Turn.Role.TOOL) {
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
                ? new Turn.Call("call_" + made++, call.name(), call.arguments(), call.signature())
                : call;
        open.add(named);
        return named;
    }

    private Turn.Result matched(Turn.Result result) {
        Turn.Call call = result.id().isEmpty()
                ? oldest(c -> c.name().equals(result.name()))
                : oldest(c -> c.id().equals(result.id()));
        if (call == null && result.id().isEmpty() && result.name().isEmpty()) {
            call = oldest(c -> true);
        }
        if (call == null) {
            String id = result.id().isEmpty() ? "call_" + made++ : result.id();
            return new Turn.Result(id, result.name(), result.text(), result.failed());
        }
        open.remove(call);
        String name = result.name().isEmpty() ? call.name() : result.name();
        return new Turn.Result(call.id(), name, result.text(), result.failed());
    }

    private Turn.@Nullable Call oldest(Predicate<Turn.Call> wanted) {
        return open.stream().filter(wanted).findFirst().orElse(null);
    }
}
