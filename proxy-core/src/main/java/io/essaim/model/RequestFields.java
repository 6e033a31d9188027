package io.essaim.model;

import org.jspecify.annotations.Nullable;

/**
 * What a request body says at its top level, and where.
 *
 * @param model the decoded value of {@code model}; null when absent, null or ""
 * @param modelFrom offset of the value's opening quote from the start of the body; -1 when absent
 * @param modelTo offset behind the value's closing quote; -1 when absent
 * @param stream the value of {@code stream}; null when absent or null
 */
public record RequestFields(
        @Nullable String model,
        int modelFrom,
        int modelTo,
        @Nullable Boolean stream) {

    static final RequestFields NONE = new RequestFields(null, -1, -1, null);
}
