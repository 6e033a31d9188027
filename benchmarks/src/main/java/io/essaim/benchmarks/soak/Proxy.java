package io.essaim.benchmarks.soak;

import io.essaim.cli.Main;
import io.netty.util.internal.PlatformDependent;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;

/** The proxy as users start it, which besides says on standard output what it holds, each time that a line comes on standard input. */
final class Proxy {
    private Proxy() {}

    public static void main(String[] args) {
        Thread reporter = new Thread(Proxy::report, "reporter");
        reporter.setDaemon(true);
        reporter.start();
        Main.main(args);
    }

    private static void report() {
        try (BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            while (in.readLine() != null) {
                System.gc(); // What is left is what is held.
                Runtime runtime = Runtime.getRuntime();
                System.out.println("held " + (runtime.totalMemory() - runtime.freeMemory()) + " "
                        + PlatformDependent.usedDirectMemory() + " "
                        + ManagementFactory.getThreadMXBean().getThreadCount());
            }
        } catch (IOException e) {
            System.err.println("no more reports: " + e);
        }
    }
}
