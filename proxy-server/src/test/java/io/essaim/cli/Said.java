package io.essaim.cli;

import java.io.PrintWriter;
import java.io.StringWriter;

/** What a command said when it was run in this JVM to its end. */
record Said(int code, String out, String err) {
    static Said by(String... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code = Main.run(
                Main.commandLine().setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true)), args);
        return new Said(code, out.toString(), err.toString());
    }
}
