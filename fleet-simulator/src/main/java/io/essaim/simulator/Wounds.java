package io.essaim.simulator;

import org.jspecify.annotations.Nullable;

/** What a fault does to one generation, and when. */
final class Wounds {
    /** What happens to a token. */
    enum Strike {
        NONE,
        STALL,
        MALFORM,
        FAIL,
        END,
        BREAK
    }

    private final @Nullable Fault fault;
    private boolean stalled;

    Wounds(@Nullable Fault fault) {
        this.fault = fault;
    }

    double slowdown() {
        return fault != null && fault.kind() == Fault.Kind.SLOW ? fault.factor() : 1;
    }

    boolean isStalled() {
        return stalled;
    }

    /** What happens where the next token comes after this many. */
    Strike at(int written) {
        if (fault == null || written != fault.afterTokens()) {
            return Strike.NONE;
        }
        return switch (fault.kind()) {
            case STALL_MID_STREAM -> {
                stalled = true;
                yield Strike.STALL;
            }
            case CUT_WITH_ERROR_LINE -> Strike.FAIL;
            case CUT_WITH_RESET, CUT_WITH_CLOSE -> Strike.BREAK;
            case MALFORMED_LINE -> Strike.MALFORM;
            case NO_TERMINAL_FRAME -> Strike.END;
            default -> Strike.NONE;
        };
    }
}
