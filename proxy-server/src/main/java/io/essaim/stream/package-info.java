/** The body of one answer on its way from a backend to a client: its framing, its end, its figures, the model's name in it. */
@org.jspecify.annotations.NullMarked
package io.essaim.stream;
