package io.essaim.config;

import io.essaim.config.Node.Position;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Collects what is wrong with one file. */
final class Problems {
    private static final Comparator<Problem> IN_FILE_ORDER =
            Comparator.comparingInt(Problem::line).thenComparingInt(Problem::column);

    private final String file;
    private final List<Problem> found = new ArrayList<>();

    Problems(String file) {
        this.file = file;
    }

    void add(Position at, String path, String message, String hint) {
        found.add(new Problem(file, path, at.line(), at.column(), message, hint));
    }

    /** A fault that makes all others guesses. */
    InvalidRules only(Position at, String message, String hint) {
        return new InvalidRules(List.of(new Problem(file, "", at.line(), at.column(), message, hint)));
    }

    void throwIfAny() throws InvalidRules {
        if (!found.isEmpty()) {
            throw new InvalidRules(found.stream().sorted(IN_FILE_ORDER).toList());
        }
    }
}
