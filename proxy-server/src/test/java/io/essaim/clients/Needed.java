package io.essaim.clients;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** What an optional test cannot do without. */
final class Needed {
    private Needed() {}

    /** Whether this command is on the path. */
    static boolean hasCommand(String name) {
        String path = System.getenv("PATH");
        return path != null
                && Stream.of(path.split(java.io.File.pathSeparator, -1))
                        .anyMatch(directory -> Files.isExecutable(Path.of(directory, name)));
    }

    /** Skips the test unless the condition holds, and says so where nobody overlooks it. */
    static void orSkip(boolean there, String test, String whatToDo) {
        if (!there) {
            System.err.println("\n*** SKIPPED: " + test + " did NOT run: " + whatToDo + "\n");
            Assumptions.abort(whatToDo);
        }
    }

    /** Everything a process said, for the message of a failure. */
    static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
