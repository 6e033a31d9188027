package io.essaim.simulator;

import io.essaim.simulator.json.GoJson;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Log probabilities of a token and of those it was chosen from. */
final class Logprobs {
    private Logprobs() {}

    static List<?> of(String token, int position, int top) {
        long seed = Babble.mix(token.hashCode() * 31L + position);
        double best = -(Long.remainderUnsigned(seed, 3_000) + 1) / 1000.0;
        Map<String, @Nullable Object> entry = entry(token, best);
        if (top > 0) {
            List<Object> rivals = new ArrayList<>();
            rivals.add(entry(token, best));
            for (int i = 1; i < top; i++) {
                rivals.add(entry(" " + Babble.word(seed + i), best - i));
            }
            entry.put("top_logprobs", rivals);
        }
        return List.of(entry);
    }

    private static Map<String, @Nullable Object> entry(String token, double logprob) {
        List<Integer> bytes = new ArrayList<>();
        for (byte b : token.getBytes(StandardCharsets.UTF_8)) {
            bytes.add(b & 0xFF);
        }
        return GoJson.object("token", token, "logprob", logprob, "bytes", bytes);
    }
}
