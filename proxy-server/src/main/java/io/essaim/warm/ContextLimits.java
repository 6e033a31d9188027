package io.essaim.warm;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.essaim.api.Failure;
import io.essaim.api.Json;
import io.essaim.api.Operation;
import io.essaim.fault.InternalFault;
import io.essaim.fleet.Backend;
import io.essaim.fleet.Inventory;
import io.essaim.selection.Candidate;
import io.essaim.selection.Choice;
import io.essaim.selection.Plan;
import io.essaim.upstream.BackendCall;
import io.essaim.upstream.CallRequest;
import io.essaim.upstream.Loop;
import io.netty.buffer.ByteBuf;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The largest context length of each model, by digest. A request for more is refused: an Ollama would load the model
 * anew for it and then cut the length to what the model can. The limit stands in {@code model_info} of {@code
 * /api/show}, as {@code FAMILY.context_length}. A host is asked for it when a client first asks for more than {@link
 * #UNSUSPICIOUS}; that request is not held up. Any thread.
 */
public final class ContextLimits {
    private static final JsonMapper JSON = new JsonMapper();
    private static final int MOST_MODELS = 4096;
    private static final int LONGEST_ANSWER = 8 << 20;
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /** Smaller contexts are nobody's mischief, and no host is asked because of them. */
    private static final int UNSUSPICIOUS = 32 * 1024;

    /** No limit is known yet, and a host is being asked, or did not say. */
    private static final int UNKNOWN = Integer.MAX_VALUE;

    private final Cache<String, Integer> limits =
            Caffeine.newBuilder().maximumSize(MOST_MODELS).build();

    /**
     * Why a request cannot be served whose client asks for so large a context; null when nothing is known against it. Not that of one to
     * whom the rules give another, smaller one.
     */
    public Choice.@Nullable Refused refusal(Plan plan, Loop loop) {
        if (plan.asked() == null || plan.context() == null) {
            return null;
        }
        int context = Math.min(plan.asked(), plan.context());
        if (context <= UNSUSPICIOUS) {
            return null;
        }
        // Candidates may have different models under one name: what one of them can have is not refused.
        int most = plan.tiers().stream()
                .flatMap(tier -> tier.candidates().stream())
                .mapToInt(candidate -> limit(candidate, loop))
                .max()
                .orElse(0);
        return most == 0 || context <= most
                ? null
                : new Choice.Refused(
                        Choice.Reason.CONTEXT,
                        400,
                        "num_ctx " + context + " is more than model '"
                                + plan.model().shortest() + "' can have: " + most,
                        0);
    }

    /** 0 when it does not have the model. */
    private int limit(Candidate candidate, Loop loop) {
        Inventory.Installed model = candidate.backend().inventory().find(candidate.model());
        if (model == null) {
            return 0;
        }
        String digest = model.row().path("digest").asString("");
        String spelling = model.spelling();
        return digest.isEmpty()
                ? UNKNOWN
                : limits.get(digest, key -> {
                    ask(key, candidate.backend(), spelling, loop);
                    return UNKNOWN;
                });
    }

    private void ask(String digest, Backend backend, String spelling, Loop loop) {
        StringBuilder body = new StringBuilder("{\"model\":");
        Json.quote(spelling, body);
        byte[] bytes = body.append('}').toString().getBytes(StandardCharsets.UTF_8);
        CallRequest order = CallRequest.json("POST " + Operation.SHOW.path(), bytes, PATIENCE);
        loop.eventLoop().execute(() -> new BackendCall(loop, backend, order, new Answered(digest)).start());
    }

    private final class Answered implements BackendCall.Listener {
        private final String digest;
        private final ByteArrayOutputStream answer = new ByteArrayOutputStream();

        Answered(String digest) {
            this.digest = digest;
        }

        @Override
        public void payload(int status, ByteBuf piece) {
            if (answer.size() < LONGEST_ANSWER) {
                try {
                    piece.getBytes(piece.readerIndex(), answer, piece.readableBytes());
                } catch (IOException e) {
                    throw new IllegalStateException("memory takes bytes", e);
                }
            }
        }

        @Override
        public void over(int status, @Nullable Failure failure) {
            OptionalInt limit = failure == null && status == 200 ? limit(answer.toByteArray()) : OptionalInt.empty();
            if (limit.isPresent()) {
                limits.put(digest, limit.getAsInt());
            } else if (failure != null) {
                limits.invalidate(digest); // The next request asks again.
            }
        }

        @Override
        public void fault(Throwable cause) {
            InternalFault.log("a model's largest context is asked for", cause);
        }
    }

    private static OptionalInt limit(byte[] shown) {
        try {
            for (Map.Entry<String, JsonNode> each :
                    JSON.readTree(shown).path("model_info").properties()) {
                if (each.getKey().endsWith(".context_length")
                        && each.getValue().isInt()
                        && each.getValue().asInt() > 0) {
                    return OptionalInt.of(each.getValue().asInt());
                }
            }
        } catch (JacksonException e) {
            return OptionalInt.empty(); // What a host says of itself may be anything.
        }
        return OptionalInt.empty();
    }
}
