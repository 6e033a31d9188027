package io.essaim.simulator;

/** Something that runs in a slot. */
interface SlotUser {
    /** What it will read: decides which slot fits best. */
    int[] promptTokens();

    void slotGranted(Slot slot, long now);
}
