package io.essaim.dialect;

import org.jspecify.annotations.Nullable;

/**
 * That the answer must be JSON.
 *
 * @param schema the JSON Schema it must follow; null for any JSON object
 * @param name of the schema where the dialect has one, else {@code answer}
 */
public record OutputFormat(@Nullable RawJson schema, String name) {
    static final OutputFormat ANY_JSON = new OutputFormat(null, "answer");

    static OutputFormat of(RawJson schema) {
        return new OutputFormat(schema, "answer");
    }
}
