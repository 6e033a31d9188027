package io.essaim.dialect;

import io.essaim.dialect.ProviderError.Kind;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Reads the error answers of all backends: their envelopes differ ({@code {"error":"…"}}, {@code {"error":{"message":…}}},
 * Gemini's array around it, Mistral's {@code {"object":"error","message":…}}, FastAPI's {@code detail}), their statuses and
 * words hardly do.
 */
public final class ProviderErrorReader {
    private static final int LONGEST = 500;
    /** Said in the text by those that send no Retry-After: OpenAI "try again in 20s", Gemini {@code "retryDelay":"34s"}. */
    private static final Pattern DELAY =
            Pattern.compile("(?:try again in |retryDelay\"\\s*:\\s*\"|retry in )(\\d{1,6})(?:\\.\\d+)?s");

    private static final String[] OVERFLOW = {
        "context length",
        "context_length_exceeded",
        "context window",
        "maximum context",
        "prompt is too long",
        "exceed_context_size",
        "exceeds the available context",
        "input token count"
    };
    private static final String[] FILTERED = {
        "content_filter", "content management policy", "responsibleai", "prohibited_content", "content_policy_violation"
    };
    /** Some models do not go on with an answer that the request begins; Anthropic's, Mistral's and Gemini's words. */
    private static final String[] NO_PREFILL = {
        "message prefill", "must end with a user message", "expected last role user", "requests end with a user role"
    };

    private static final String[] SPENT = {
        "insufficient_quota",
        "exceeded your current quota",
        "credit balance",
        "billing",
        "per day",
        "perday",
        "daily limit",
        "payment required"
    };

    /** Gemini answers 400 to a wrong key. */
    private static final String[] WRONG_KEY = {"api_key_invalid", "api key not valid"};

    private ProviderErrorReader() {}

    /**
     * Reads an answer that is not 2xx.
     *
     * @param status 300 to 599
     * @param body its body, at least the beginning
     * @param retryAfter the Retry-After field, null if there is none
     */
    public static ProviderError read(int status, byte[] body, @Nullable String retryAfter) {
        String text = new String(body, 0, Math.min(body.length, 1 << 16), StandardCharsets.UTF_8);
        String said = message(text);
        return of(status, said.isEmpty() ? "the backend answered " + status : said, text, seconds(retryAfter, text));
    }

    /** Reads the error frame of a stream whose status was good; {@code json} is the frame or its error member. */
    static ProviderError inStream(String json) {
        int status = 502;
        try {
            JsonNode node = GoJsonObject.MAPPER.readTree(json);
            JsonNode error = node.path("error").isObject() ? node.path("error") : node;
            int code = error.path("code")
                    .asInt(error.path("status").asInt(node.path("status").asInt(0)));
            status =
                    code >= 400 && code < 600 ? code : byType(error.path("type").asString(""));
        } catch (JacksonException e) {
            // Not reached with JSON that was copied token by token; the text alone then says what there is to say.
        }
        String said = message(json);
        return of(status, said.isEmpty() ? "the backend broke off its answer" : said, json, seconds(null, json));
    }

    private static int byType(String type) {
        return switch (type) {
            case "overloaded_error" -> 503;
            case "rate_limit_error", "rate_limit_exceeded", "insufficient_quota", "requests", "tokens" -> 429;
            case "invalid_request_error" -> 400;
            default -> 502;
        };
    }

    private static ProviderError of(int status, String said, String raw, long delay) {
        String all = raw.toLowerCase(Locale.ROOT);
        String shown = said.length() > LONGEST ? said.substring(0, LONGEST) : said;
        if ((status < 500 || status == 500 || status == 502) && status != 429 && has(all, OVERFLOW)) {
            return new ProviderError(Kind.CONTEXT_OVERFLOW, 400, ProviderError.OVERFLOW, -1);
        }
        if (status < 500 && status != 429 && has(all, FILTERED)) {
            return new ProviderError(Kind.FILTERED, 400, shown, -1);
        }
        if (status == 400 && has(all, NO_PREFILL)) {
            return new ProviderError(Kind.UNFIT, 400, shown, -1);
        }
        if (status == 400 && has(all, WRONG_KEY)) {
            return ProviderError.of(Kind.DENIED, 502, "the backend did not accept the proxy's credentials");
        }
        return switch (status) {
            // What the key may not do is between the operator and the provider: their words may hold parts of the key.
            case 401, 403 -> ProviderError.of(Kind.DENIED, 502, "the backend did not accept the proxy's credentials");
            case 402 -> new ProviderError(Kind.QUOTA_SPENT, 429, shown, delay);
            case 404 -> ProviderError.of(Kind.MODEL_MISSING, 404, shown);
            case 408, 409, 425 -> new ProviderError(Kind.SERVER_ERROR, 502, shown, delay);
            case 413 -> ProviderError.of(Kind.BAD_REQUEST, 413, shown);
            case 429 -> new ProviderError(has(all, SPENT) ? Kind.QUOTA_SPENT : Kind.RATE_LIMITED, 429, shown, delay);
            case 503, 529 -> new ProviderError(Kind.OVERLOADED, 503, shown, delay);
            default ->
                status >= 400 && status < 500
                        ? ProviderError.of(Kind.BAD_REQUEST, 400, shown)
                        : new ProviderError(Kind.SERVER_ERROR, 502, shown, delay);
        };
    }

    private static boolean has(String text, String[] any) {
        for (String one : any) {
            if (text.contains(one)) {
                return true;
            }
        }
        return false;
    }

    private static String message(String text) {
        try {
            JsonNode node = GoJsonObject.MAPPER.readTree(text);
            if (node.isArray() && !node.isEmpty()) {
                node = node.get(0);
            }
            JsonNode error = node.path("error");
            for (JsonNode said : new JsonNode[] {
                error.path("message"),
                error,
                node.path("message"),
                node.path("detail"),
                node.path("message").path("detail")
            }) {
                if (said.isString() && !said.asString().isBlank()) {
                    return said.asString();
                }
                if (said.isArray() && said.path(0).path("msg").isString()) {
                    return said.path(0).path("msg").asString()
                            + location(said.path(0).path("loc"));
                }
            }
            return "";
        } catch (JacksonException e) {
            // HTML or plain text of something in between: not for a client's eyes.
            return "";
        }
    }

    private static String location(JsonNode path) {
        StringBuilder text = new StringBuilder();
        path.forEach(step -> text.append(text.isEmpty() ? ": " : ".").append(step.asString("")));
        return text.toString();
    }

    /** Seconds of a Retry-After field (RFC 9110, 10.2.3; its date form is not read), else of the text; -1 for none. */
    private static long seconds(@Nullable String retryAfter, String text) {
        if (retryAfter != null && retryAfter.strip().matches("\\d{1,6}")) {
            return Long.parseLong(retryAfter.strip());
        }
        Matcher said = DELAY.matcher(text);
        return said.find() ? Long.parseLong(said.group(1)) + 1 : -1;
    }
}
