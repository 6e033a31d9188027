package io.essaim.cli;

import java.io.PrintWriter;
import java.util.Map;

/**
 * What several hosts answered to one question.
 *
 * @param answers by name of the host, in the order of the rules; only of those that answered
 * @param failures why the others did not, by name, in the same order
 */
record HostReplies<T>(Map<String, T> answers, Map<String, String> failures) {
    /** Names the hosts that did not answer. */
    void complain(PrintWriter err) {
        failures.forEach((host, why) -> err.println(host + ": " + why));
        err.flush();
    }

    /** The exit code of a command that could do no more than this survey. */
    int exitCode() {
        return failures.isEmpty() ? 0 : 1;
    }
}
