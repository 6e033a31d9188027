package io.essaim.warm;

import io.essaim.api.Json;
import io.essaim.api.Operation;
import io.essaim.config.Dialect;
import io.essaim.fleet.Backend;
import io.essaim.model.ByteSpan;
import io.essaim.model.RequestFields;
import io.essaim.selection.Choice;
import io.essaim.upstream.BackendRequest;
import io.essaim.upstream.BodyEdits;
import io.essaim.upstream.Loop;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Decides whether a model must be loaded before a request, and builds the load that gives the request the model as it
 * needs it.
 */
public final class ColdStart {
    private static final JsonMapper JSON = new JsonMapper();

    /** Options that are part of what is loaded; a difference in one of them loads the model anew (server/sched.go, needsReload). */
    private static final Set<String> LOAD_TIME =
            Set.of("num_ctx", "num_batch", "num_gpu", "main_gpu", "use_mmap", "num_thread");

    /** A keep_alive that unloads the model instead of loading it. */
    private static final Pattern ZERO = Pattern.compile("-?0+(\\.0*)?|\"[-+]?(0+(\\.0*)?(ns|us|µs|ms|s|m|h))+\"|\"0\"");

    /** A zero in more letters than this loads the model before it is unloaded. */
    private static final int LONGEST_KEEP_ALIVE = 64;

    private ColdStart() {}

    /** The load to wait for before the request, joined; null when nothing is known to be missing. */
    public static @Nullable ModelLoad load(
            BackendRequest request, Choice.Taken taken, BodyEdits asking, ModelLoads loads, Loop loop) {
        ModelLoad.Order order = order(request, taken, asking);
        return order == null ? null : loads.join(loop, taken.candidate().backend(), order);
    }

    /**
     * What to load before the request; null when nothing is known to be missing: the model is in memory, or the host did not say
     * what is, or the client wants it out of memory.
     *
     * @param asking how the host will be asked afterwards
     */
    private static ModelLoad.@Nullable Order order(BackendRequest request, Choice.Taken taken, BodyEdits asking) {
        Backend backend = taken.candidate().backend();
        RequestFields fields = request.fields();
        boolean cold = request.operation().infers()
                && !taken.lease().warm()
                && !taken.candidate().remote()
                && backend.rule().dialect() == Dialect.OLLAMA
                && backend.inventory().loaded() != null
                && backend.inventory().find(taken.candidate().model()) != null;
        String kept = asking.keepAlive();
        if (kept == null
                && fields.keepAlive() != null
                && fields.keepAlive().to() - fields.keepAlive().from() <= LONGEST_KEEP_ALIVE) {
            kept = text(request.body(), fields.keepAlive());
        }
        if (!cold || kept != null && unloads(kept)) {
            return null;
        }
        boolean embeds = switch (request.operation()) {
            case EMBED, EMBEDDINGS, V1_EMBEDDINGS -> true;
            default -> false;
        };
        StringBuilder body = new StringBuilder("{\"model\":");
        Json.quote(BodyEdits.spelling(taken.candidate()), body);
        body.append(embeds ? ",\"input\":[]" : ",\"stream\":false");
        options(request, asking.context(), body);
        String path = (embeds ? Operation.EMBED : Operation.GENERATE).path();
        return new ModelLoad.Order(
                "POST " + path, body.append('}').toString(), taken.candidate().model());
    }

    static boolean unloads(String keepAlive) {
        return ZERO.matcher(keepAlive).matches();
    }

    private static void options(BackendRequest request, @Nullable Integer context, StringBuilder body) {
        RequestFields.Options given = request.fields().options();
        ObjectNode kept = JSON.createObjectNode();
        if (given != null && given.object()) {
            ByteBuf all = request.body();
            int from = all.arrayOffset() + all.readerIndex() + given.at().from();
            int length = given.at().to() - given.at().from();
            try (JsonParser parser = JSON.createParser(all.array(), from, length)) {
                keep(parser, kept);
            } catch (JacksonException e) {
                return; // The scan is not as strict as a parser; the host will judge the request itself.
            }
        }
        if (context != null) {
            kept.put("num_ctx", context);
        }
        if (!kept.isEmpty()) {
            Json.write(kept, body.append(",\"options\":"));
        }
    }

    /** Options may be as large as a body: no tree is made of them. Those that matter here are numbers and truth values. */
    private static void keep(JsonParser parser, ObjectNode kept) {
        parser.nextToken();
        for (String name = parser.nextName(); name != null; name = parser.nextName()) {
            JsonToken token = parser.nextToken();
            JsonNode value = LOAD_TIME.contains(name) ? scalar(parser, token) : null;
            if (value != null) {
                kept.set(name, value);
            } else if (token.isStructStart()) {
                parser.skipChildren();
            }
        }
    }

    private static @Nullable JsonNode scalar(JsonParser parser, JsonToken token) {
        JsonNodeFactory nodes = JSON.getNodeFactory();
        return switch (token) {
            case VALUE_NUMBER_INT -> nodes.numberNode(parser.getBigIntegerValue());
            case VALUE_NUMBER_FLOAT -> nodes.numberNode(parser.getDoubleValue());
            case VALUE_TRUE -> nodes.booleanNode(true);
            case VALUE_FALSE -> nodes.booleanNode(false);
            default -> null;
        };
    }

    private static String text(ByteBuf body, ByteSpan span) {
        return body.toString(body.readerIndex() + span.from(), span.to() - span.from(), StandardCharsets.UTF_8);
    }
}
