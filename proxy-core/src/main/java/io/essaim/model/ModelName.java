package io.essaim.model;

import java.util.Locale;
import java.util.Optional;

/**
 * A model's name as Ollama reads it: {@code [host/][namespace/]model[:tag]}, what is missing being {@code registry.ollama.ai},
 * {@code library} and {@code latest}. Two names are equal when Ollama finds the same model under both: case does not count.
 *
 * <p>A scheme ({@code https://host/...}) is cut off, as Ollama does: both spellings are one model, for the rules and for the host.
 */
public final class ModelName {
    private static final String DEFAULT_HOST = "registry.ollama.ai";
    private static final String DEFAULT_NAMESPACE = "library";
    private static final String DEFAULT_TAG = "latest";
    private static final int MAX_HOST = 350;
    private static final int MAX_PART = 80;

    private final String host;
    private final String namespace;
    private final String model;
    private final String tag;
    private final String key;

    private ModelName(String host, String namespace, String model, String tag) {
        this.host = host;
        this.namespace = namespace;
        this.model = model;
        this.tag = tag;
        this.key = (host + '/' + namespace + '/' + model + ':' + tag).toLowerCase(Locale.ROOT);
    }

    /** The name written in {@code s}; empty where Ollama would call it invalid: characters, lengths, a digest, spaces around it. */
    public static Optional<ModelName> parse(String s) {
        String rest = s;
        String tag = DEFAULT_TAG;
        int colon = rest.lastIndexOf(':');
        if (colon > rest.lastIndexOf('/')) { // a colon before the last slash belongs to the host's port
            tag = rest.substring(colon + 1);
            rest = rest.substring(0, colon);
        }
        int slash = rest.lastIndexOf('/');
        String model = rest.substring(slash + 1);
        String namespace = DEFAULT_NAMESPACE;
        String host = DEFAULT_HOST;
        if (slash >= 0) {
            rest = rest.substring(0, slash);
            slash = rest.lastIndexOf('/');
            namespace = rest.substring(slash + 1);
            if (slash >= 0) {
                host = rest.substring(0, slash);
                int scheme = host.indexOf("://"); // Ollama cuts it off, whatever it is.
                host = scheme < 0 ? host : host.substring(scheme + 3);
            }
        }
        boolean valid = isPart(host, MAX_HOST, ".:")
                && isPart(namespace, MAX_PART, "")
                && isPart(model, MAX_PART, ".")
                && isPart(tag, MAX_PART, ".");
        return valid ? Optional.of(new ModelName(host, namespace, model, tag)) : Optional.empty();
    }

    private static boolean isPart(String s, int max, String alsoAllowed) {
        if (s.isEmpty() || s.length() > max || !isWordCharacter(s.charAt(0))) {
            return false;
        }
        for (int i = 1; i < s.length(); i++) {
            char c = s.charAt(i);
            if (!isWordCharacter(c) && c != '-' && alsoAllowed.indexOf(c) < 0) {
                return false;
            }
        }
        return true;
    }

    private static boolean isWordCharacter(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    }

    /** {@code host/namespace/model:tag} in lower case, nothing left out: equal for equal names and only for them. */
    public String key() {
        return key;
    }

    /** The name as Ollama lists it, in the case it was written: default host and namespace left out, the tag always there. */
    public String shortest() {
        String named = model + ':' + tag;
        if (!host.equalsIgnoreCase(DEFAULT_HOST)) {
            return host + '/' + namespace + '/' + named;
        }
        return namespace.equalsIgnoreCase(DEFAULT_NAMESPACE) ? named : namespace + '/' + named;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ModelName that && key.equals(that.key);
    }

    @Override
    public int hashCode() {
        return key.hashCode();
    }

    /**
     * Whether an Ollama takes the name for that of a model on ollama.com, whatever it has itself: the tag is {@code cloud} or ends in
     * {@code -cloud} (internal/modelref, since 0.17.6).
     */
    public boolean namesCloud() {
        String lower = tag.toLowerCase(Locale.ROOT);
        return lower.equals("cloud") || lower.endsWith("-cloud");
    }

    /** Same as {@link #shortest()}. */
    @Override
    public String toString() {
        return shortest();
    }
}
