package io.essaim.benchmarks.compare;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A process of the harness itself (backend or load client): takes one-line orders, gives one-line answers. */
final class HarnessProcess {

    private static final List<String> JVM = List.of(
            "-Xmx256m",
            "-XX:+UseSerialGC",
            "-XX:-UsePerfData",
            "-Dio.netty.leakDetection.level=disabled",
            "-Dio.netty.buffer.checkBounds=false",
            "-Dio.netty.buffer.checkAccessible=false");

    private final Process process;
    private final BufferedWriter orders;
    private final BufferedReader answers;

    private HarnessProcess(Process process) {
        this.process = process;
        this.orders = process.outputWriter(UTF_8);
        this.answers = process.inputReader(UTF_8);
    }

    static HarnessProcess start(Children children, Class<?> main) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(JVM);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
        return new HarnessProcess(children.start(builder));
    }

    /** Gives an order and waits for the answer; a {@code failed} answer is an exception. */
    Message ask(Message order) throws IOException {
        orders.write(order.encode());
        orders.newLine();
        orders.flush();
        return hear();
    }

    Message hear() throws IOException {
        String line = answers.readLine();
        if (line == null) {
            throw new IOException("a harness process ended");
        }
        Message answer = Message.parse(line);
        if (answer.verb().equals("failed")) {
            throw new IOException("the harness failed: " + answer.text("reason"));
        }
        return answer;
    }

    long pid() {
        return process.pid();
    }
}
