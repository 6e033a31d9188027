package io.essaim.fault;

/**
 * Who answers for a callback. An exception of ours in it would be swallowed by whoever calls back (Netty logs it at best), and
 * everything that the callback had in hand would be lost. Confined to its event loop.
 */
public interface Guarded {
    /**
     * A callback failed in a way that nobody foresaw. Ends what it was for, gives back what that had, and says or passes on why, so that the
     * log has it once.
     */
    void fault(Throwable cause);
}
