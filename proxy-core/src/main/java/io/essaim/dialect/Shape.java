package io.essaim.dialect;

import org.jspecify.annotations.Nullable;

/**
 * That the answer must be JSON.
 *
 * @param schema the JSON Schema it must follow; null for any JSON object
 * @param name of the schema where the dialect has one, else {@code answer}
 */
public record Shape(@Nullable RawJson schema, String name) {
    static final Shape ANY_JSON = new Shape(null, "answer");

    static Shape of(RawJson schema) {
        return new Shape(schema, "answer");
    }
}
