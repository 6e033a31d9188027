package io.essaim.dialect;

/** A request says something for which the backend's dialect has no word. Found before anything is sent. */
public final class Untranslatable extends Exception {
    private static final long serialVersionUID = 1L;

    private final String field;

    Untranslatable(String field) {
        super("this backend cannot be asked for " + field, null, false, false);
        this.field = field;
    }

    /** The field's name in the client's request, or in Ollama where several are meant. */
    public String field() {
        return field;
    }

    /** One sentence for the client. */
    public String text() {
        return String.valueOf(getMessage());
    }
}
