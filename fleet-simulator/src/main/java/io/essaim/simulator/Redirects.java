package io.essaim.simulator;

import java.util.ArrayDeque;
import java.util.Deque;

/** The redirects before any handler: net/http cleans the path (307 with the Go it was recorded with), gin drops a trailing slash. */
final class Redirects {
    private Redirects() {}

    /** Answers with a redirect if the path needs one; returns whether it did. */
    static boolean redirect(Exchange exchange) {
        String path = exchange.path();
        String clean = clean(path);
        if (!clean.equals(path)) {
            answer(exchange, 307, "Temporary Redirect", clean);
            return true;
        }
        String method = exchange.request().method().name();
        if (path.length() > 1 && path.endsWith("/")) {
            String shorter = path.substring(0, path.length() - 1);
            if (Route.of(method, shorter).isPresent()) {
                boolean get = method.equals("GET");
                answer(exchange, get ? 301 : 307, get ? "Moved Permanently" : "Temporary Redirect", shorter);
                return true;
            }
        }
        return false;
    }

    private static void answer(Exchange exchange, int status, String words, String location) {
        String uri = exchange.request().uri();
        int query = uri.indexOf('?');
        String target = query < 0 ? location : location + uri.substring(query);
        exchange.header("Location", target);
        if (exchange.request().method().name().equals("GET")) {
            exchange.whole(
                    status,
                    "text/html; charset=utf-8",
                    "<a href=\"" + target.replace("&", "&amp;") + "\">" + words + "</a>.\n\n");
        } else {
            exchange.whole(status, null, "");
        }
    }

    private static String clean(String path) {
        Deque<String> parts = new ArrayDeque<>();
        for (String part : path.split("/", -1)) {
            if (part.equals("..")) {
                parts.pollLast();
            } else if (!part.isEmpty() && !part.equals(".")) {
                parts.addLast(part);
            }
        }
        String clean = "/" + String.join("/", parts);
        return path.endsWith("/") && clean.length() > 1 ? clean + "/" : clean;
    }
}
