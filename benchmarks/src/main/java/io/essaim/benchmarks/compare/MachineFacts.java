package io.essaim.benchmarks.compare;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** What a reader must know of the machine to compare figures. */
final class MachineFacts {

    private MachineFacts() {}

    static Map<String, String> gather() throws IOException {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("processors", Integer.toString(Runtime.getRuntime().availableProcessors()));
        facts.put("processor", processorModel(Files.readString(Path.of("/proc/cpuinfo"))));
        facts.put("kernel", System.getProperty("os.name") + " " + System.getProperty("os.version"));
        facts.put("java", System.getProperty("java.vm.name") + " " + System.getProperty("java.runtime.version"));
        return facts;
    }

    static String processorModel(String cpuinfo) {
        return cpuinfo.lines()
                .filter(line -> line.startsWith("model name"))
                .map(line -> line.substring(line.indexOf(':') + 1).trim())
                .findFirst()
                .orElse("unknown");
    }

    /** The unit of the times in /proc; 100 on every usual Linux. */
    static int ticksPerSecond() throws IOException, InterruptedException {
        Process getconf = new ProcessBuilder("getconf", "CLK_TCK").start();
        String said = new String(getconf.getInputStream().readAllBytes(), UTF_8).trim();
        if (getconf.waitFor() != 0) {
            throw new IOException("getconf CLK_TCK failed");
        }
        return Integer.parseInt(said);
    }
}
