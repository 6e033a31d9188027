package io.essaim.manage;

import io.essaim.api.Json;
import io.essaim.api.Operation;
import io.essaim.client.ActiveRequest;
import io.essaim.client.ClientStream;
import io.essaim.fleet.Backend;
import io.essaim.fleet.Inventory;
import io.essaim.http.Request;
import io.essaim.http.RouteId;
import io.essaim.model.ModelName;
import io.essaim.selection.Candidate;
import io.essaim.selection.RequestedModel;
import io.essaim.upstream.Loop;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Orders that change the models of the fleet. The client may name hosts with {@code X-Essaim-Backend}. Else a pull
 * goes to the hosts whose routes need the model, a copy or deletion to all that have it, a push or creation to one
 * that can do it, and files to the host that would make a model of them. Error texts are those of Ollama 0.15.2.
 */
public final class Management {
    private static final JsonMapper JSON = new JsonMapper();
    private static final Pattern DIGEST = Pattern.compile("sha256[:-][0-9a-fA-F]{64}");

    private final ClientStream client;
    private final Loop loop;
    private final ManagedFleet managed;
    private final RouteId id;
    private final JsonNode body;
    private final HostSelection hosts;

    private Management(
            ClientStream client, Loop loop, ManagedFleet managed, RouteId id, JsonNode body, HostSelection hosts) {
        this.client = client;
        this.loop = loop;
        this.managed = managed;
        this.id = id;
        this.body = body;
        this.hosts = hosts;
    }

    /** What is to be started; null when the client has its answer. Takes the body over. */
    public static @Nullable ActiveRequest receive(
            ClientStream client, Loop loop, ManagedFleet managed, Operation operation, ByteBuf whole, RouteId id) {
        String text = whole.toString(StandardCharsets.UTF_8);
        whole.release();
        return orRefuse(client, id, () -> {
            Request request = client.request();
            HostSelection hosts = HostSelection.of(managed.fleet(), request);
            boolean withoutBody =
                    operation == Operation.BLOB || operation == Operation.ME || operation == Operation.SIGNOUT;
            JsonNode body = withoutBody ? JSON.createObjectNode() : parse(text);
            Management order = new Management(client, loop, managed, id, body, hosts);
            return switch (operation) {
                case PULL -> order.pull();
                case PUSH -> order.push();
                case CREATE -> order.create();
                case COPY -> order.copy();
                case DELETE -> order.delete();
                case BLOB -> order.blob(request);
                default -> new SingleHostCall(client, loop, id, hosts.makers().get(0), "POST " + operation.path());
            };
        });
    }

    /** The upload of a blob whose body comes as it arrives; null when the client has its answer. */
    public static @Nullable ActiveRequest upload(ClientStream client, Loop loop, ManagedFleet managed, RouteId id) {
        return orRefuse(client, id, () -> {
            String path = blobPath(client.request());
            return new BlobUpload(
                    client,
                    loop,
                    id,
                    HostSelection.of(managed.fleet(), client.request()).makers(),
                    path);
        });
    }

    private interface Making {
        ActiveRequest make() throws RefusedOrder;
    }

    private static @Nullable ActiveRequest orRefuse(ClientStream client, RouteId id, Making making) {
        try {
            return making.make();
        } catch (RefusedOrder e) {
            client.answer(e.answer().traced(id));
            return null;
        }
    }

    private static String blobPath(Request request) throws RefusedOrder {
        String digest = request.path().substring(Operation.BLOB.path().length());
        if (!DIGEST.matcher(digest).matches()) {
            throw new RefusedOrder(400, "invalid digest format");
        }
        return request.path();
    }

    /** Whether the hosts that would make a model of it have a blob; an upload of nothing is one too. */
    private ActiveRequest blob(Request request) throws RefusedOrder {
        String path = blobPath(request);
        List<Broadcast.Order> orders = hosts.makers().stream()
                .map(host -> new Broadcast.Order(host, ""))
                .toList();
        return new Broadcast(client, loop, id, request.method() + " " + path, orders, known -> true);
    }

    private static JsonNode parse(String text) throws RefusedOrder {
        if (text.isBlank()) {
            throw new RefusedOrder(400, "missing request body");
        }
        try {
            JsonNode node = JSON.readTree(text);
            if (node.isObject()) {
                return node;
            }
        } catch (JacksonException e) {
            // Said below.
        }
        throw new RefusedOrder(400, "the body is not one JSON object");
    }

    private ActiveRequest pull() throws RefusedOrder {
        String asked = name();
        RequestedModel wanted = wanted(asked, "invalid model name");
        ModelName model = wanted.model();
        List<Candidate> needing = !hosts.named()
                ? managed.routes().needing(model)
                : hosts.makers().stream()
                        .map(host -> new Candidate(host, model, false))
                        .toList();
        if (needing.isEmpty()) {
            throw new RefusedOrder(400, "no route needs " + asked + ": add one, or name a host with X-Essaim-Backend");
        }
        boolean insecure = body.path("insecure").asBoolean(false);
        List<HostJob> jobs = new ArrayList<>();
        for (Candidate host : needing) {
            String sent = host.renamed() || wanted.renamed() ? host.model().shortest() : asked;
            jobs.add(join(
                    host.backend(),
                    new HostJobs.Work(
                            "POST /api/pull",
                            host.model(),
                            host.model().key(),
                            "{\"model\":" + Json.quote(sent) + ",\"insecure\":" + insecure + ",\"stream\":true}",
                            known -> known.find(host.model()) != null)));
        }
        return progress(jobs);
    }

    private ActiveRequest push() throws RefusedOrder {
        String asked = name();
        ModelName model = wanted(asked, "model is required").model();
        Backend host = hosts.holder(model).orElseThrow(() -> new RefusedOrder(404, "model '" + asked + "' not found"));
        boolean insecure = body.path("insecure").asBoolean(false);
        String spelling = Objects.requireNonNull(host.inventory().find(model)).spelling();
        return progress(List.of(join(
                host,
                new HostJobs.Work(
                        "POST /api/push",
                        model,
                        model.key(),
                        "{\"model\":" + Json.quote(spelling) + ",\"insecure\":" + insecure + ",\"stream\":true}",
                        known -> true))));
    }

    private ActiveRequest create() throws RefusedOrder {
        ModelName model = real(name(), "invalid model name");
        ObjectNode asked = ((ObjectNode) body.deepCopy()).put("stream", true);
        String from = body.path("from").asString("");
        boolean ofFiles = has("files") || has("adapters");
        if (from.isEmpty() && !ofFiles) {
            throw new RefusedOrder(400, "neither 'from' or 'files' was specified").plain();
        }
        List<Backend> makers = null;
        if (!from.isEmpty()) {
            RequestedModel base = RequestedModel.read(from, managed.rules())
                    .orElseThrow(() -> new RefusedOrder(400, "invalid model name").plain());
            if (base.renamed()) {
                asked.put("from", base.model().shortest());
            }
            if (!ofFiles && !hosts.named()) {
                makers = hosts.holder(base.model()).map(List::of).orElse(null);
            }
        }
        if (makers == null) {
            makers = hosts.makers(); // Those that files were sent to; or a host that pulls what it is made from, as
            // Ollama does.
        }
        StringBuilder text = new StringBuilder();
        Json.write(asked, text);
        HostJobs.Work work = new HostJobs.Work(
                "POST /api/create", model, text.toString(), text.toString(), known -> known.find(model) != null);
        return progress(makers.stream().map(host -> join(host, work)).toList());
    }

    private boolean has(String key) {
        return body.path(key).isObject() && !body.path(key).isEmpty();
    }

    private HostJob join(Backend host, HostJobs.Work work) {
        return managed.jobs().join(loop, host, work);
    }

    private ActiveRequest progress(List<HostJob> jobs) {
        return new ProgressStream(client, loop, id, jobs, body.path("stream").asBoolean(true));
    }

    private ActiveRequest delete() throws RefusedOrder {
        String asked = name();
        ModelName model = real(asked, "name \"" + asked + "\" is invalid");
        return order(
                "DELETE /api/delete",
                model,
                "model '" + asked + "' not found",
                known -> known.find(model) == null,
                spelling -> "{\"model\":" + spelling + "}");
    }

    private ActiveRequest copy() throws RefusedOrder {
        String source = body.path("source").asString("");
        String destination = body.path("destination").asString("");
        ModelName model = wanted(source, "source \"" + source + "\" is invalid").model();
        ModelName copy = real(destination, "destination \"" + destination + "\" is invalid");
        return order(
                "POST /api/copy",
                model,
                "model \"" + source + "\" not found",
                known -> known.find(copy) != null,
                spelling -> "{\"source\":" + spelling + ",\"destination\":" + Json.quote(destination) + "}");
    }

    private ActiveRequest order(
            String call, ModelName model, String missing, Predicate<Inventory> shown, UnaryOperator<String> bodyFor)
            throws RefusedOrder {
        List<Broadcast.Order> orders = new ArrayList<>();
        for (Backend backend : managed.fleet().ollamas()) {
            Inventory.Installed installed = backend.inventory().find(model);
            if (installed != null && hosts.means(backend)) {
                orders.add(new Broadcast.Order(backend, bodyFor.apply(Json.quote(installed.spelling()))));
            }
        }
        if (orders.isEmpty()) {
            throw new RefusedOrder(404, missing);
        }
        return new Broadcast(client, loop, id, call, orders, shown);
    }

    private RequestedModel wanted(String asked, String invalid) throws RefusedOrder {
        return RequestedModel.read(asked, managed.rules()).orElseThrow(() -> new RefusedOrder(400, invalid));
    }

    /** The model of that very name, for orders that change what a host has under it: an alias is no host's to change. */
    private ModelName real(String asked, String invalid) throws RefusedOrder {
        ModelName name = ModelName.parse(asked).orElseThrow(() -> new RefusedOrder(400, invalid));
        ModelName behind = managed.rules().aliases().get(name);
        if (behind != null) {
            throw new RefusedOrder(
                    400,
                    "\"" + asked + "\" is an alias of the rules for " + behind
                            + ": name the model, or change the rules");
        }
        return name;
    }

    /** The model's name; older clients call it {@code name}, and an empty one is none. */
    private String name() {
        return Optional.of(body.path("model").asString(""))
                .filter(s -> !s.isEmpty())
                .orElseGet(() -> body.path("name").asString(""));
    }
}
