package io.essaim.simulator;

import io.essaim.simulator.json.GoJson;
import io.essaim.simulator.json.GoJsonException;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A cloud: the OpenAI routes under any base path, behind a key and a rate limit. */
final class CloudRoutes {
    private static final String CHAT = "/chat/completions";
    private static final String EMBEDDINGS = "/embeddings";
    private static final String MODELS = "/models";
    private static final long MINUTE_NANOS = 60_000_000_000L;

    private final Host host;
    private long windowStart;
    private int inWindow;

    CloudRoutes(Host host) {
        this.host = host;
    }

    void serve(Exchange exchange, byte[] body) {
        String path = exchange.path();
        String call = exchange.request().method().name() + " "
                + (path.endsWith(CHAT)
                        ? CHAT
                        : path.endsWith(EMBEDDINGS) ? EMBEDDINGS : path.endsWith(MODELS) ? MODELS : path);
        boolean chat = call.equals("POST " + CHAT);
        boolean inference = chat || call.equals("POST " + EMBEDDINGS);
        boolean known = inference || path.endsWith(MODELS) || path.contains(MODELS + "/");
        host.stats().request(known ? call : "other");
        if (FaultAct.strike(host, exchange, inference, chat)) {
            return;
        }
        Refusal refusal = refusal(exchange, inference);
        if (refusal != null) {
            Envelope.CLOUD.inner(exchange, refusal);
            return;
        }
        try {
            route(exchange, body, call);
        } catch (GoJsonException e) {
            Envelope.CLOUD.inner(
                    exchange, new Refusal(400, "We could not parse the JSON body of your request: " + e.text()));
        }
    }

    private @Nullable Refusal refusal(Exchange exchange, boolean inference) {
        String key = host.profile().limits().apiKey();
        String sent = exchange.request().headers().get(HttpHeaderNames.AUTHORIZATION, "");
        if (key != null && !sent.equals("Bearer " + key)) {
            return new Refusal(401, sent.isEmpty() ? "You didn't provide an API key." : "Incorrect API key provided.");
        }
        int limit = host.profile().limits().requestsPerMinute();
        if (limit == 0 || !inference) {
            return null;
        }
        long now = host.clock().now();
        if (now - windowStart >= MINUTE_NANOS) {
            windowStart = now;
            inWindow = 0;
        }
        if (++inWindow <= limit) {
            return null;
        }
        long seconds = (MINUTE_NANOS - (now - windowStart)) / 1_000_000_000L + 1;
        exchange.header("Retry-After", Long.toString(seconds));
        return new Refusal(429, "Rate limit reached. Please try again in " + seconds + "s.");
    }

    private void route(Exchange exchange, byte[] body, String call) throws GoJsonException {
        switch (call) {
            case "POST " + CHAT -> {
                begin(exchange);
                OpenAiAsks.Read read = OpenAiAsks.chat(body);
                AnswerSink sink = new CloudAnswer(exchange, read.ask(), read.includeUsage(), host.ids());
                new ModelRun(host, exchange, read.ask(), sink).start(null);
            }
            case "POST " + EMBEDDINGS -> {
                begin(exchange);
                new Embeddings(host).serve(Route.V1_EMBEDDINGS, exchange, body);
            }
            case "GET " + MODELS -> exchange.whole(200, Exchange.BARE_JSON, GoJson.write(list()));
            default -> one(exchange);
        }
    }

    private void begin(Exchange exchange) {
        host.stats().inFlight++;
        exchange.onOver(() -> host.stats().inFlight--);
    }

    private Object list() {
        List<Object> data = new ArrayList<>();
        for (StoredModel model : host.library().all()) {
            data.add(Catalogue.v1Entry(id(model), model));
        }
        return GoJson.object("object", "list", "data", data);
    }

    private void one(Exchange exchange) {
        String path = exchange.path();
        String asked = Route.parameter(path);
        StoredModel model = host.library().folded(ModelName.parse(asked));
        if (!exchange.request().method().name().equals("GET") || !path.contains(MODELS + "/")) {
            Envelope.CLOUD.inner(
                    exchange,
                    new Refusal(404, "Invalid URL (" + exchange.request().method() + " " + path + ")"));
        } else if (model == null) {
            Envelope.CLOUD.inner(exchange, new Refusal(404, "The model '" + asked + "' does not exist"));
        } else {
            exchange.whole(200, Exchange.BARE_JSON, GoJson.write(Catalogue.v1Entry(asked, model)));
        }
    }

    /** Clouds know no tags. */
    private static String id(StoredModel model) {
        String name = model.name().display();
        return name.endsWith(":latest") ? name.substring(0, name.length() - ":latest".length()) : name;
    }
}
