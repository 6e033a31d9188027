package io.essaim.simulator;

import java.util.Locale;
import java.util.regex.Pattern;

/** A model name in Ollama's grammar {@code [scheme://][host/][namespace/]model[:tag]}, defaults filled in. */
record ModelName(String host, String namespace, String model, String tag) {
    private static final String DEFAULT_HOST = "registry.ollama.ai";
    private static final String DEFAULT_NAMESPACE = "library";
    private static final Pattern PART = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]{0,79}");
    private static final Pattern NAMESPACE = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_-]{0,79}");
    private static final Pattern HOST = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.:-]{0,349}");

    static ModelName parse(String text) {
        int scheme = text.indexOf("://");
        String rest = scheme < 0 ? text : text.substring(scheme + 3);
        int slash = rest.lastIndexOf('/');
        int colon = rest.lastIndexOf(':');
        String tag = "latest";
        if (colon > slash) {
            tag = rest.substring(colon + 1);
            rest = rest.substring(0, colon);
        }
        String model = rest.substring(slash + 1);
        String path = slash < 0 ? "" : rest.substring(0, slash);
        int inner = path.lastIndexOf('/');
        String namespace = slash < 0 ? DEFAULT_NAMESPACE : path.substring(inner + 1);
        String host = inner < 0 ? DEFAULT_HOST : path.substring(0, inner);
        // The parser of 0.15.2 marks a missing model in the text that it prints later.
        return new ModelName(host, namespace, model.isEmpty() ? "!MISSING!" : model, tag);
    }

    boolean isValid() {
        return HOST.matcher(host).matches()
                && NAMESPACE.matcher(namespace).matches()
                && PART.matcher(model).matches()
                && PART.matcher(tag).matches();
    }

    /** The shortest unambiguous form; it always has the tag. */
    String display() {
        String shortest = model + ":" + tag;
        if (!host.equals(DEFAULT_HOST)) {
            return host + "/" + namespace + "/" + shortest;
        }
        return namespace.equals(DEFAULT_NAMESPACE) ? shortest : namespace + "/" + shortest;
    }

    /** The form with every part, as errors of the scheduler print it. */
    String full() {
        return host + "/" + namespace + "/" + model + ":" + tag;
    }

    /** The path of the manifest below the models directory. */
    String manifestPath() {
        return host + "/" + namespace + "/" + model + "/" + tag;
    }

    String foldedKey() {
        return full().toLowerCase(Locale.ROOT);
    }
}
