package io.essaim.config;

import java.util.List;
import java.util.stream.Collectors;

/** A rules file that cannot be used, with everything that is wrong with it, in the order of the file. */
public final class InvalidRules extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient List<Problem> problems;

    InvalidRules(List<Problem> problems) {
        super(problems.stream().map(Problem::toString).collect(Collectors.joining("\n")));
        this.problems = List.copyOf(problems);
    }

    /** At least one. */
    public List<Problem> problems() {
        return problems;
    }
}
