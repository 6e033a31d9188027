package io.essaim.fault;

/**
 * The owner of a callback. An exception of ours in a callback would be swallowed by its caller (Netty logs it at
 * best), and all that the callback held would be lost. Confined to its event loop.
 */
public interface Guarded {
    /**
     * A callback failed in a way that nobody foresaw. Ends what it was for, gives back what that had, and says or passes on why, so that the
     * log has it once.
     */
    void fault(Throwable cause);
}
