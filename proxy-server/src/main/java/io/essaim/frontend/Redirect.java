package io.essaim.frontend;

import io.essaim.api.Operation;
import io.essaim.http.Answer;
import io.essaim.http.Request;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Ollama's redirects for paths that are almost right (gin's RedirectTrailingSlash, net/http's cleaning): a slash too
 * many at the end, empty segments, dots. Only to routes that exist and that do not change hosts: a malformed path to
 * one of those gets no help.
 */
final class Redirect {
    private Redirect() {}

    /**
     * The redirect, or null when the path is just wrong.
     *
     * @param prefix the agent's prefix, which was taken off the path
     */
    static @Nullable Answer of(Request request, String prefix, String path) {
        boolean slash = path.length() > 1 && path.endsWith("/");
        String cleaned = clean(path);
        String target = slash && cleaned.length() > 1 ? cleaned.substring(0, cleaned.length() - 1) : cleaned;
        Operation operation = Operation.of(target);
        if (target.equals(path) || operation == null || operation.variable() || operation.manages()) {
            return null;
        }
        boolean get = request.method().equals("GET");
        int status = get && path.equals(target + "/") ? 301 : 307;
        String location = prefix + target + (request.query() == null ? "" : "?" + request.query());
        Answer answer = get
                ? Answer.text(
                        status,
                        "text/html; charset=utf-8",
                        "<a href=\"" + location.replace("&", "&amp;").replace("\"", "&#34;") + "\">"
                                + (status == 301 ? "Moved Permanently" : "Temporary Redirect") + "</a>.\n\n")
                : Answer.text(status, "", "");
        return answer.with("Location: " + location);
    }

    private static String clean(String path) {
        Deque<String> kept = new ArrayDeque<>();
        for (String segment : path.split("/", -1)) {
            if (segment.equals("..")) {
                kept.pollLast();
            } else if (!segment.isEmpty() && !segment.equals(".")) {
                kept.addLast(segment);
            }
        }
        String joined = "/" + String.join("/", kept);
        return path.endsWith("/") && joined.length() > 1 ? joined + "/" : joined;
    }
}
