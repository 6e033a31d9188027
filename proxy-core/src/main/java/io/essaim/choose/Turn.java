package io.essaim.choose;

/**
 * Whose turn it is, of those who want a slot.
 *
 * @param ahead requests that go before it and wait for the same slots
 * @param since when the request came, by the fleet's ticker
 */
public record Turn(int ahead, long since) {}
