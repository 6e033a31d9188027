package io.essaim.simulator;

import io.essaim.simulator.json.JsonNumber;
import io.essaim.simulator.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The {@code options} of a request: those that shape the simulation, checked as 0.15.2 does.
 *
 * @param numPredict most tokens to write; 0 or below for no limit
 * @param seed of the text, or null
 */
record Options(
        RunnerOptions runner, int numPredict, @Nullable Long seed, List<String> stop) {
    private enum Type {
        INTEGER("integer"),
        FLOAT("float32"),
        STRINGS("array of strings");

        private final String word;

        Type(String word) {
            this.word = word;
        }
    }

    private static final Map<String, Type> KNOWN = Map.ofEntries(
            Map.entry("num_keep", Type.INTEGER),
            Map.entry("seed", Type.INTEGER),
            Map.entry("num_predict", Type.INTEGER),
            Map.entry("top_k", Type.INTEGER),
            Map.entry("top_p", Type.FLOAT),
            Map.entry("min_p", Type.FLOAT),
            Map.entry("typical_p", Type.FLOAT),
            Map.entry("repeat_last_n", Type.INTEGER),
            Map.entry("temperature", Type.FLOAT),
            Map.entry("repeat_penalty", Type.FLOAT),
            Map.entry("presence_penalty", Type.FLOAT),
            Map.entry("frequency_penalty", Type.FLOAT),
            Map.entry("stop", Type.STRINGS),
            Map.entry("num_ctx", Type.INTEGER),
            Map.entry("num_batch", Type.INTEGER),
            Map.entry("num_gpu", Type.INTEGER),
            Map.entry("main_gpu", Type.INTEGER),
            Map.entry("num_thread", Type.INTEGER));

    /** Wrong type of a known option; 0.15.2 answers 500. */
    static final class BadOption extends Exception {
        private static final long serialVersionUID = 1L;

        BadOption(String message) {
            super(message, null, false, false);
        }
    }

    static Options of(Ask ask, ModelSpec spec) throws BadOption {
        JsonObject given = ask.options == null ? new JsonObject() : ask.options;
        check(given);
        RunnerOptions plain = RunnerOptions.DEFAULT;
        int numCtx = (int) Math.min(number(given, "num_ctx", plain.numCtx()), spec.contextLength());
        RunnerOptions runner = new RunnerOptions(
                Math.max(4, numCtx),
                number(given, "num_batch", plain.numBatch()),
                number(given, "num_gpu", plain.numGpu()),
                number(given, "main_gpu", plain.mainGpu()),
                number(given, "num_thread", plain.numThread()),
                !Boolean.FALSE.equals(given.exact("use_mmap")));
        Long seed = given.exact("seed") instanceof JsonNumber n ? Long.valueOf(n.asLong()) : ask.seed;
        int numPredict = ask.numPredict != null ? ask.numPredict : (int) number(given, "num_predict", -1);
        return new Options(runner, numPredict, seed, stop(given, ask.stop));
    }

    private static void check(JsonObject given) throws BadOption {
        for (JsonObject.Member member : given.members()) {
            // Option names match exactly, unlike the keys of the request; unknown ones are only logged.
            Type type = KNOWN.get(member.key());
            Object value = member.value();
            if (type == null || value == null) {
                continue;
            }
            boolean fits = switch (type) {
                case INTEGER, FLOAT -> value instanceof JsonNumber;
                case STRINGS -> value instanceof List<?> list && list.stream().allMatch(String.class::isInstance);
            };
            if (!fits) {
                String wanted =
                        type == Type.STRINGS && value instanceof List ? "of type string array" : "of type " + type.word;
                throw new BadOption("option \"" + member.key() + "\" must be " + wanted);
            }
        }
    }

    private static long number(JsonObject given, String key, long absent) {
        return given.exact(key) instanceof JsonNumber n ? n.asLong() : absent;
    }

    private static List<String> stop(JsonObject given, List<String> absent) {
        if (!(given.exact("stop") instanceof List<?> list)) {
            return absent;
        }
        List<String> words = new ArrayList<>();
        list.forEach(word -> words.add(String.valueOf(word)));
        return words;
    }
}
