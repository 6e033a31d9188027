package io.essaim.frontend;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.essaim.fleet.FleetListing;
import io.essaim.fleet.Inventory;
import io.essaim.http.Request;
import io.essaim.model.ModelName;
import io.essaim.selection.Candidate;
import io.essaim.selection.RequestedModel;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Earlier answers of {@code /api/show}: some clients ask for every model before every message. The answer is the same
 * as long as the model's digest is, so nothing here goes stale, and a model whose hosts are all down can still be
 * shown. Any thread.
 */
public final class ShowCache {
    private static final long MOST_BYTES = 32L << 20;
    private static final int MOST_QUESTION = 64 * 1024;
    private static final JsonMapper JSON = new JsonMapper();
    private static final Set<String> NAMES = Set.of("model", "name");

    private final Cache<Key, byte[]> answers = Caffeine.newBuilder()
            .maximumWeight(MOST_BYTES)
            .weigher((Key key, byte[] body) -> body.length)
            .build();

    private record Key(String digest, String model, String called) {}

    /**
     * A request whose answer depends on nothing but the model.
     *
     * @param called what the answer calls the model; empty when it does not repeat the client's name
     */
    record Question(ModelName model, String called) {

        /** Null for requests that ask for more ({@code verbose}) or change something ({@code system}, {@code options}). */
        static @Nullable Question of(RequestedModel wanted, Request request, ByteBuf body) {
            if (body.readableBytes() > MOST_QUESTION) {
                return null;
            }
            try {
                JsonNode node = JSON.readTree(body.toString(StandardCharsets.UTF_8));
                boolean plain = node.properties().stream()
                        .allMatch(member -> NAMES.contains(member.getKey())
                                || says(member.getValue()).isEmpty());
                // To Copilot an Ollama repeats the asked name as general.basename (server/routes.go, 2026).
                String client = String.valueOf(request.head().first("user-agent"));
                return plain
                        ? new Question(wanted.model(), client.startsWith("GitHubCopilotChat/") ? wanted.asked() : "")
                        : null;
            } catch (JacksonException e) {
                return null; // The scan of the body is not as strict as a parser; a host may judge.
            }
        }

        /** What a member says; empty for the zero values that Go clients send. */
        private static String says(JsonNode value) {
            boolean nothing =
                    value.isNull() || value.isContainer() && value.isEmpty() || value.isBoolean() && !value.asBoolean();
            return nothing ? "" : value.isString() ? value.asString() : value.toString();
        }
    }

    /**
     * The answer for the model that the listings show, or null when it is not known.
     *
     * @param listed what the client is shown
     */
    byte @Nullable [] answer(Question question, FleetListing listed) {
        Inventory.Installed model = listed.find(question.model);
        Key key = model == null ? null : key(question, model);
        return key == null ? null : answers.getIfPresent(key);
    }

    /** Keeps what a host answered. */
    void keep(Question question, Candidate from, byte[] answer) {
        Inventory.Installed model = from.backend().inventory().find(from.model());
        Key key = model == null ? null : key(question, model);
        if (key != null) {
            answers.put(key, answer);
        }
    }

    private static @Nullable Key key(Question question, Inventory.Installed model) {
        String digest = model.row().path("digest").asString("");
        return digest.isEmpty() ? null : new Key(digest, model.name().key(), question.called);
    }
}
