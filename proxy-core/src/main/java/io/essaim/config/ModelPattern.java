package io.essaim.config;

import io.essaim.model.ModelName;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A set of model names: {@code llama3.2}, {@code llama3.2:*}, {@code qwen*}, {@code hf.co/*}, {@code *}.
 *
 * <p>What is missing is filled in as in a {@link ModelName}, so {@code qwen*} is about {@code library/qwen*} only. A {@code *} stands for
 * any run of characters without a slash. Without a tag a pattern means {@code :latest} as in Ollama, or every tag if it has a
 * {@code *}. {@code host/*} takes every model of a host and {@code *} every model there is. Patterns that are spelt differently and
 * complete to the same are equal.
 */
public final class ModelPattern {
    private static final Pattern STARS = Pattern.compile("\\*+");
    private static final Pattern HOST_ALONE = Pattern.compile("([^/]*[.:][^/]*/)(\\*(?::[^/]*)?)");

    private final String text;
    private final String glob;

    private ModelPattern(String text, String glob) {
        this.text = text;
        this.glob = glob;
    }

    /** The pattern written in {@code text}; empty if it is not a model name with some {@code *} in it. */
    public static Optional<ModelPattern> parse(String text) {
        if (text.contains("://")) {
            return Optional.empty(); // A scheme that a client may write says nothing of which model.
        }
        String filled = STARS.matcher(text).replaceAll("*");
        if (filled.indexOf('*') < 0) {
            return ModelName.parse(text).map(name -> new ModelPattern(text, name.key()));
        }
        if (filled.equals("*")) {
            filled = "*/*/*";
        } else { // a namespace has neither dot nor colon, so "hf.co/*" can only be about a host
            filled = HOST_ALONE.matcher(filled).replaceFirst("$1*/$2");
        }
        String written = filled.lastIndexOf(':') > filled.lastIndexOf('/') ? filled : filled + ":*";
        // The rules for names check and complete the pattern with a letter in place of each star.
        return ModelName.parse(written.replace('*', 'a'))
                .map(name -> new ModelPattern(text, restoreStars(name.key(), written)));
    }

    private static String restoreStars(String key, String written) {
        int filledIn = key.length() - written.length(); // only ever in front, as the tag is there
        return key.substring(0, filledIn) + written.toLowerCase(Locale.ROOT);
    }

    /** Whether the pattern covers this name. */
    public boolean matches(ModelName name) {
        return matches(name.key());
    }

    /** Whether the pattern covers every name there is. */
    public boolean matchesAll() {
        return glob.equals("*/*/*:*");
    }

    /** The one name that the pattern is about; empty if it has a {@code *}. */
    public Optional<ModelName> onlyName() {
        return glob.indexOf('*') < 0 ? ModelName.parse(text) : Optional.empty();
    }

    /** Whether every name that {@code other} matches is matched here too. */
    boolean covers(ModelPattern other) {
        return matches(other.glob); // a star over there is a character that only a star here can take
    }

    private boolean matches(String key) {
        int p = 0;
        int k = 0;
        int star = -1;
        int taken = 0;
        while (k < key.length()) {
            if (p < glob.length() && glob.charAt(p) == '*') {
                star = p++;
                taken = k;
            } else if (p < glob.length() && glob.charAt(p) == key.charAt(k)) {
                p++;
                k++;
            } else if (star >= 0
                    && key.charAt(taken) != '/') { // let the last star take one more; slashes are fixed points
                p = star + 1;
                k = ++taken;
            } else {
                return false;
            }
        }
        while (p < glob.length() && glob.charAt(p) == '*') {
            p++;
        }
        return p == glob.length();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ModelPattern that && glob.equals(that.glob);
    }

    @Override
    public int hashCode() {
        return glob.hashCode();
    }

    /** The pattern as it was written. */
    @Override
    public String toString() {
        return text;
    }
}
