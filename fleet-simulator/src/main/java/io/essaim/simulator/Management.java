package io.essaim.simulator;

import static io.essaim.simulator.json.GoType.field;

import io.essaim.simulator.json.GoJsonException;
import io.essaim.simulator.json.GoType;
import io.essaim.simulator.json.JsonObject;
import java.time.Instant;
import java.util.regex.Pattern;

/** The routes that change what is on the disk, and those of the account. */
final class Management {
    private static final Pattern DIGEST = Pattern.compile("sha256[:-][0-9a-fA-F]{64}");
    private static final GoType COPY =
            GoType.struct("api.CopyRequest", field("source", GoType.STRING), field("destination", GoType.STRING));
    private static final GoType DELETE =
            GoType.struct("api.DeleteRequest", field("model", GoType.STRING), field("name", GoType.STRING));
    private static final GoType IMAGES = GoType.struct(
            "openai.ImageGenerationRequest", field("model", GoType.STRING), field("prompt", GoType.STRING));

    private final Host host;
    private final Transfers transfers;
    private final Creation creation;

    Management(Host host) {
        this.host = host;
        this.transfers = new Transfers(host);
        this.creation = new Creation(host, transfers);
    }

    void serve(Route route, Exchange exchange, byte[] body) {
        try {
            switch (route) {
                case PULL -> transfers.pull(exchange, body);
                case PUSH -> transfers.push(exchange, body);
                case CREATE -> creation.create(exchange, body);
                case COPY -> copy(exchange, COPY.parse(body));
                case DELETE -> delete(exchange, DELETE.parse(body));
                case HEAD_BLOB -> headBlob(exchange);
                case V1_IMAGES -> images(exchange, IMAGES.parse(body));
                // What a server answers that cannot reach ollama.com.
                case ME -> exchange.whole(200, Exchange.JSON, "null");
                case SIGNOUT -> exchange.refuse(new Refusal(500, "there was an error signing out"));
                default -> throw new IllegalStateException("no handler for " + route);
            }
        } catch (GoJsonException e) {
            exchange.refuse(new Refusal(400, e.text().equals("EOF") ? "missing request body" : e.text()));
        }
    }

    private void copy(Exchange exchange, JsonObject json) {
        ModelName source = ModelName.parse(json.string("source"));
        ModelName destination = ModelName.parse(json.string("destination"));
        if (!source.isValid()) {
            exchange.refuse(new Refusal(400, "source \"" + json.string("source") + "\" is invalid"));
        } else if (!destination.isValid()) {
            exchange.refuse(new Refusal(400, "destination \"" + json.string("destination") + "\" is invalid"));
        } else {
            StoredModel model = host.library().folded(source);
            if (model == null) {
                exchange.refuse(new Refusal(404, "model \"" + json.string("source") + "\" not found"));
                return;
            }
            host.library().put(model.copiedTo(destination, Instant.now()));
            exchange.whole(200, null, "");
        }
    }

    private void delete(Exchange exchange, JsonObject json) {
        String asked = json.string("model").isEmpty() ? json.string("name") : json.string("model");
        ModelName name = ModelName.parse(asked);
        if (!name.isValid()) {
            exchange.refuse(new Refusal(400, "name \"" + asked + "\" is invalid"));
            return;
        }
        StoredModel model = host.library().folded(name);
        if (model == null) {
            exchange.refuse(Refusal.notFound(asked));
            return;
        }
        host.library().remove(model);
        exchange.whole(200, null, "");
    }

    private void headBlob(Exchange exchange) {
        String digest = Route.parameter(exchange.path());
        if (!DIGEST.matcher(digest).matches()) {
            exchange.refuse(new Refusal(400, "invalid digest format"));
        } else if (host.library().blob(digest) == null) {
            exchange.refuse(new Refusal(404, "blob \"" + digest + "\" not found"));
        } else {
            exchange.whole(200, null, "");
        }
    }

    private void images(Exchange exchange, JsonObject json) {
        if (json.string("prompt").isEmpty()) {
            Envelope.OPENAI.early(exchange, host.ids(), "prompt is required");
            return;
        }
        String asked = json.string("model");
        boolean known = host.library().folded(ModelName.parse(asked)) != null;
        // No model here makes images.
        Envelope.OPENAI.inner(
                exchange,
                known
                        ? new Refusal(400, "\"" + asked + "\" does not support image generation")
                        : Refusal.notFound(asked));
    }

    /** Takes an upload as it comes: only its length, digest and first bytes are kept. */
    HttpFront.Body blobBody(Exchange exchange) {
        String digest = Route.parameter(exchange.path());
        if (FaultAct.strike(host, exchange, false, false)) {
            return new Discarded();
        }
        if (!DIGEST.matcher(digest).matches()) {
            return new Answered(() -> exchange.refuse(new Refusal(400, "invalid digest format")));
        }
        return host.library().blob(digest) != null ? existing(exchange) : new BlobUpload(host, exchange, digest);
    }

    /** 200 at once without reading; a sender of much more than net/http is willing to skip finds the connection closed. */
    private static HttpFront.Body existing(Exchange exchange) {
        long length = io.netty.handler.codec.http.HttpUtil.getContentLength(exchange.request(), -1L);
        if (length > 256 * 1024) {
            exchange.lingerAfterwards();
        }
        exchange.whole(200, null, "");
        return new Discarded();
    }

    /** Reads nothing of it. */
    private static final class Discarded implements HttpFront.Body {
        @Override
        public void add(byte[] bytes) {
            // Skipped.
        }

        @Override
        public void complete() {
            // Answered already.
        }
    }

    /** Answers once the body has been skipped. */
    private record Answered(Runnable answer) implements HttpFront.Body {
        @Override
        public void add(byte[] bytes) {
            // Skipped.
        }

        @Override
        public void complete() {
            answer.run();
        }
    }
}
