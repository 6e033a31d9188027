package io.essaim.clients;

import java.io.File;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** What an optional test cannot do without. */
public final class Needed {
    /** Not System.err, which the build keeps in a file: a test that did not run must be seen by whoever builds. */
    private static final PrintStream CONSOLE =
            new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);

    private static final Set<String> SAID = ConcurrentHashMap.newKeySet();

    private Needed() {}

    /** Whether this command is on the path. */
    public static boolean hasCommand(String name) {
        String path = System.getenv("PATH");
        return path != null
                && Stream.of(path.split(File.pathSeparator, -1))
                        .anyMatch(directory -> Files.isExecutable(Path.of(directory, name)));
    }

    /** Skips the test unless the condition holds, and says so on the console, once. */
    public static void orSkip(boolean there, String test, String whatToDo) {
        if (!there) {
            if (SAID.add(test)) {
                CONSOLE.println("*** SKIPPED: " + test + " did not run: " + whatToDo);
            }
            Assumptions.abort(test + " did not run: " + whatToDo);
        }
    }

    /** Everything a process said. */
    static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
