package io.essaim.selection;

import io.essaim.fleet.SlotOwner;

/**
 * The request whose turn it is, of those that want a slot.
 *
 * @param ahead requests that go before it and wait for the same slots
 * @param since when the request came, by the fleet's ticker
 * @param caller whose request it is
 */
public record QueueTurn(int ahead, long since, SlotOwner caller) {}
