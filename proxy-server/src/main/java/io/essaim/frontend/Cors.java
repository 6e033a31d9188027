package io.essaim.frontend;

import io.essaim.http.Request;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Which web pages may use the proxy, answered as Ollama does (server/routes.go, envconfig/config.go, gin-contrib/cors
 * 1.7.2): pages of this machine, of desktop apps, the proxy's own, and those of the rules. Immutable; any thread.
 */
final class Cors {
    /** What a request's Origin means for its answer. */
    sealed interface Verdict {}

    /** No page asks, or one of our own: nothing is added. */
    enum Plain implements Verdict {
        PLAIN
    }

    /** A page asks that may not. */
    enum Refused implements Verdict {
        REFUSED
    }

    /** A page asks that may: {@code fields} stand in every answer, {@code preflight} besides in one to a preflight. */
    record Allowed(List<String> fields, List<String> preflight) implements Verdict {}

    private static final Pattern LOCAL_ORIGIN =
            Pattern.compile("https?://(?:localhost|127\\.0\\.0\\.1|0\\.0\\.0\\.0|\\[::1])(?::[0-9]{1,5})?");
    private static final Set<String> APP_SCHEMES = Set.of("app", "file", "tauri", "vscode-webview", "vscode-file");
    private static final List<String> PREFLIGHT = List.of(
            "Access-Control-Allow-Methods: GET,POST,PUT,PATCH,DELETE,HEAD,OPTIONS",
            "Access-Control-Allow-Headers: Authorization,Content-Type,User-Agent,Accept,X-Requested-With,Openai-Beta,"
                    + "X-Stainless-Arch,X-Stainless-Async,X-Stainless-Custom-Poll-Interval,X-Stainless-Helper-Method,"
                    + "X-Stainless-Lang,X-Stainless-Os,X-Stainless-Package-Version,X-Stainless-Poll-Helper,"
                    + "X-Stainless-Retry-Count,X-Stainless-Runtime,X-Stainless-Runtime-Version,X-Stainless-Timeout",
            "Access-Control-Max-Age: 43200");
    private static final List<String> PREFLIGHT_VARY =
            List.of("Vary: Access-Control-Request-Method", "Vary: Access-Control-Request-Headers");
    private static final List<String> ANYBODY = List.of("Access-Control-Allow-Origin: *");

    private final boolean anybody;
    private final List<Pattern> named;

    /** @param origins of the rules: with at most one {@code *} each, which stands for anything; {@code *} alone for all */
    Cors(List<String> origins) {
        this.anybody = origins.contains("*");
        this.named = origins.stream().map(Cors::pattern).toList();
    }

    private static Pattern pattern(String origin) {
        return Pattern.compile(
                List.of(origin.split("\\*", -1)).stream().map(Pattern::quote).collect(Collectors.joining(".*")));
    }

    Verdict judge(Request request) {
        String origin = request.head().first("origin");
        if (origin == null) {
            boolean foreign = "cross-site".equalsIgnoreCase(request.head().first("sec-fetch-site")) && !anybody;
            return foreign ? Refused.REFUSED : Plain.PLAIN;
        }
        if (request.head().count("origin") > 1) {
            return Refused.REFUSED;
        }
        if (origin.equals("http://" + request.host()) || origin.equals("https://" + request.host())) {
            return Plain.PLAIN;
        }
        if (anybody) {
            return new Allowed(ANYBODY, PREFLIGHT);
        }
        if (!allows(origin)) {
            return Refused.REFUSED;
        }
        String field = "Access-Control-Allow-Origin: " + origin;
        List<String> preflight = new java.util.ArrayList<>(PREFLIGHT);
        preflight.addAll(PREFLIGHT_VARY);
        return new Allowed(List.of(field, "Vary: Origin"), preflight);
    }

    private boolean allows(String origin) {
        int scheme = origin.indexOf("://");
        return LOCAL_ORIGIN.matcher(origin).matches()
                || scheme > 0 && APP_SCHEMES.contains(origin.substring(0, scheme))
                || named.stream().anyMatch(p -> p.matcher(origin).matches());
    }
}
