package io.essaim.model;

/**
 * A range of bytes of a body.
 *
 * @param from offset of the first byte from the start of the body
 * @param to offset behind the last one
 */
public record ByteSpan(int from, int to) {}
