package io.essaim.simulator;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The routes of 0.15.2, in the order in which it registers them: Allow lists methods in that order. */
enum Route {
    PULL("POST", "/api/pull"),
    PUSH("POST", "/api/push"),
    HEAD_TAGS("HEAD", "/api/tags"),
    TAGS("GET", "/api/tags"),
    SHOW("POST", "/api/show"),
    DELETE("DELETE", "/api/delete"),
    ME("POST", "/api/me"),
    SIGNOUT("POST", "/api/signout"),
    CREATE("POST", "/api/create"),
    HEAD_BLOB("HEAD", "/api/blobs/:digest"),
    BLOB("POST", "/api/blobs/:digest"),
    COPY("POST", "/api/copy"),
    PS("GET", "/api/ps"),
    GENERATE("POST", "/api/generate"),
    CHAT("POST", "/api/chat"),
    EMBED("POST", "/api/embed"),
    EMBEDDINGS("POST", "/api/embeddings"),
    V1_CHAT("POST", "/v1/chat/completions"),
    V1_COMPLETIONS("POST", "/v1/completions"),
    V1_EMBEDDINGS("POST", "/v1/embeddings"),
    V1_MODELS("GET", "/v1/models"),
    V1_MODEL("GET", "/v1/models/:model"),
    V1_RESPONSES("POST", "/v1/responses"),
    V1_IMAGES("POST", "/v1/images/generations"),
    V1_MESSAGES("POST", "/v1/messages"),
    HEAD_ROOT("HEAD", "/"),
    ROOT("GET", "/"),
    HEAD_VERSION("HEAD", "/api/version"),
    VERSION("GET", "/api/version");

    private final String method;
    private final String path;

    Route(String method, String path) {
        this.method = method;
        this.path = path;
    }

    /** As the state counts it, such as {@code POST /api/chat}. */
    String label() {
        return method + " " + path;
    }

    boolean isInference() {
        return switch (this) {
            case GENERATE, CHAT, EMBED, EMBEDDINGS, V1_CHAT, V1_COMPLETIONS, V1_EMBEDDINGS, V1_RESPONSES, V1_MESSAGES ->
                true;
            default -> false;
        };
    }

    boolean generates() {
        return isInference() && this != EMBED && this != EMBEDDINGS && this != V1_EMBEDDINGS;
    }

    static Optional<Route> of(String method, String path) {
        for (Route route : values()) {
            if (route.method.equals(method) && route.matches(path)) {
                return Optional.of(route);
            }
        }
        return Optional.empty();
    }

    /** The methods that this path knows, in Ollama's order. */
    static List<String> allowed(String path) {
        List<String> methods = new ArrayList<>();
        for (Route route : values()) {
            if (route.matches(path)) {
                methods.add(route.method);
            }
        }
        return methods;
    }

    /** The value of the last segment where the path has a parameter. */
    static String parameter(String path) {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    private boolean matches(String asked) {
        int colon = path.indexOf(':');
        if (colon < 0) {
            return path.equals(asked);
        }
        String stem = path.substring(0, colon);
        return asked.startsWith(stem) && asked.length() > stem.length() && asked.indexOf('/', stem.length()) < 0;
    }
}
