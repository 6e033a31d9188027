package io.essaim.cli;

import org.jspecify.annotations.Nullable;

/** Shows how downloads get on. Told from one thread per host; implementations lock. */
sealed interface PullView permits PullBars, PullLines {
    void step(Pull pull, Pull.Step step);

    /** @param failure why it failed; null when the host has the model */
    void over(Pull pull, @Nullable String failure);
}
