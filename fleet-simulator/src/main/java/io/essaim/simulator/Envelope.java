package io.essaim.simulator;

import io.essaim.simulator.json.GoJson;

/**
 * How a dialect words a refusal. 0.15.2 tells who wrote it by the Content-Type: middleware writes {@code application/json;
 * charset=utf-8} without a newline; an error of the native handler below it is wrapped again as {@code application/json} with one.
 */
enum Envelope {
    NATIVE,
    OPENAI,
    ANTHROPIC,
    /** A cloud's own OpenAI errors. */
    CLOUD;

    static Envelope of(String path, HostProfile.Dialect dialect) {
        if (dialect == HostProfile.Dialect.OPENAI) {
            return CLOUD;
        }
        if (path.equals("/v1/messages")) {
            return ANTHROPIC;
        }
        return path.startsWith("/v1/") ? OPENAI : NATIVE;
    }

    /** A refusal of the middleware. */
    void early(Exchange exchange, Ids ids, String text) {
        exchange.whole(400, Exchange.JSON, body(ids, 400, text, "invalid_request_error"));
    }

    /** A refusal of the handler below. */
    void inner(Exchange exchange, Refusal refusal) {
        if (this == NATIVE) {
            exchange.refuse(refusal);
        } else if (this == CLOUD) {
            exchange.whole(refusal.status(), Exchange.BARE_JSON, innerBody(refusal));
        } else {
            exchange.whole(refusal.status(), Exchange.BARE_JSON, innerBody(refusal) + "\n");
        }
    }

    /** A refusal of the runner on a streaming request to which nothing was sent yet: flushed, therefore chunked. */
    void late(Exchange exchange, Refusal refusal) {
        exchange.open(refusal.status(), Exchange.BARE_JSON);
        exchange.chunk(
                this == NATIVE ? GoJson.write(GoJson.object("error", refusal.text())) : innerBody(refusal) + "\n");
        exchange.end();
    }

    private String innerBody(Refusal refusal) {
        // 0.15.2 types the inner errors of /v1/messages only.
        String type = this == OPENAI ? "api_error" : type(refusal.status());
        return body(new Ids(refusal.text().hashCode() + System.nanoTime()), refusal.status(), refusal.text(), type);
    }

    private String body(Ids ids, int status, String text, String type) {
        if (this == ANTHROPIC) {
            return GoJson.write(GoJson.object(
                    "type",
                    "error",
                    "error",
                    GoJson.object("type", type, "message", text),
                    "request_id",
                    "req_" + ids.hex(24)));
        }
        Object code = this == CLOUD ? cloudCode(status) : null;
        return GoJson.write(
                GoJson.object("error", GoJson.object("message", text, "type", type, "param", null, "code", code)));
    }

    private String type(int status) {
        return switch (status) {
            case 400 -> "invalid_request_error";
            case 401 -> this == CLOUD ? "invalid_request_error" : "authentication_error";
            case 403 -> "permission_error";
            case 404 -> this == CLOUD ? "invalid_request_error" : "not_found_error";
            case 429 -> this == CLOUD ? "requests" : "rate_limit_error";
            case 503 -> this == CLOUD ? "server_error" : "overloaded_error";
            default -> this == CLOUD ? "server_error" : "api_error";
        };
    }

    private static @org.jspecify.annotations.Nullable Object cloudCode(int status) {
        return switch (status) {
            case 401 -> "invalid_api_key";
            case 404 -> "model_not_found";
            case 429 -> "rate_limit_exceeded";
            default -> null;
        };
    }
}
