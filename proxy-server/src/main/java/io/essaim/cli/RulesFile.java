package io.essaim.cli;

import io.essaim.config.InvalidRules;
import io.essaim.config.Problem;
import io.essaim.config.Rules;
import io.essaim.config.RulesLoader;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/** Reads rules from a file; whatever is wrong becomes one line each. */
final class RulesFile {
    static final Path DEFAULT = Path.of("routing-rules.json");

    private RulesFile() {}

    static Rules read(Path file) throws Main.Complaint {
        return parse(file, content(file));
    }

    /** What the file holds. */
    static byte[] content(Path file) throws Main.Complaint {
        try {
            return Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            throw new Main.Complaint(
                    file + ": there is no such file (without rules, start with: essaim serve --backend URL)");
        } catch (AccessDeniedException e) { // its message is the path again
            throw new Main.Complaint(file + ": cannot be read: permission denied");
        } catch (IOException e) {
            throw new Main.Complaint(file + ": cannot be read: " + e.getMessage());
        }
    }

    /** The rules that were read from the file. */
    static Rules parse(Path file, byte[] text) throws Main.Complaint {
        try {
            return RulesLoader.load(file.toString(), text);
        } catch (InvalidRules e) {
            List<Problem> problems = e.problems();
            throw new Main.Complaint(problems.stream().map(Problem::toString).collect(Collectors.joining("\n")));
        }
    }
}
