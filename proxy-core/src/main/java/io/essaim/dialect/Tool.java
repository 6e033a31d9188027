package io.essaim.dialect;

/**
 * A function that the model may call.
 *
 * @param description empty when there is none
 * @param parameters a JSON Schema, an empty object when there is none
 */
public record Tool(String name, String description, RawJson parameters) {}
