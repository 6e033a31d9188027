package io.essaim.benchmarks.compare;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.essaim.benchmarks.compare.Candidate.Ports;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Finds the candidates on this machine.
 *
 * @param repository where the launcher {@code essaim} lies
 * @param essaimCommand what to run instead of that launcher, for {@code /bin/sh}; null for the launcher
 * @param connections how many connections each side of a proxy must be able to hold
 */
record Candidates(Path repository, @Nullable String essaimCommand, int connections) {

    static final List<String> NAMES = List.of("nginx", "haproxy", "essaim");

    private static final String AFTER_VERSION = " - http";

    /** Empty if it is not installed. Throws {@link IllegalArgumentException} for a name that is not known. */
    Optional<Candidate> find(String name) throws IOException, InterruptedException {
        return switch (name) {
            case "nginx" -> installed("nginx", (program, ports, directory) -> nginx(program, ports, directory));
            case "haproxy" -> installed("haproxy", (program, ports, directory) -> haproxy(program, ports, directory));
            case "essaim" -> essaim();
            default -> throw new IllegalArgumentException("no candidate " + name + "; there are " + NAMES);
        };
    }

    /** The shell command that starts Essaim: placeholders are filled in, or else both options are appended. */
    static String essaimLine(String command, Ports ports) {
        String url = "http://127.0.0.1:" + ports.backend();
        String port = Integer.toString(ports.own());
        return command.contains("{port}") || command.contains("{backend}")
                ? command.replace("{port}", port).replace("{backend}", url)
                : command + " --backend " + url + " --port " + port;
    }

    /** With as many slots as the backend takes: without that, Essaim finds out carefully how many a host has. */
    static String essaimRules(Ports ports) {
        return "{ \"listen\": { \"port\": " + ports.own()
                + " }, \"backends\": { \"paced\": { \"url\": \"http://127.0.0.1:"
                + ports.backend()
                + "\", \"slots\": 1024 } }, \"routes\": [{ \"models\": [\"*\"], \"tiers\": [[\"paced\"]] }] }\n";
    }

    private Optional<Candidate> essaim() {
        Path launcher = repository.resolve("essaim");
        String command = essaimCommand;
        if (command == null) {
            if (!Files.isExecutable(launcher)) {
                return Optional.empty();
            }
            String own = "'" + launcher + "' serve";
            return Optional.of(new Candidate("essaim", own, (ports, directory) -> {
                Path rules = Files.writeString(directory.resolve("rules.json"), essaimRules(ports));
                return List.of("/bin/sh", "-c", "exec " + own + " --rules '" + rules + "'");
            }));
        }
        String line = command;
        return Optional.of(new Candidate(
                "essaim", line, (ports, directory) -> List.of("/bin/sh", "-c", "exec " + essaimLine(line, ports))));
    }

    private Optional<Candidate> installed(String name, ProgramLaunch launch) throws IOException, InterruptedException {
        Optional<Path> found = onPath(name);
        if (found.isEmpty()) {
            return Optional.empty();
        }
        Path program = found.get();
        return Optional.of(
                new Candidate(name, version(program), (ports, directory) -> launch.command(program, ports, directory)));
    }

    private List<String> nginx(Path program, Ports ports, Path directory) throws IOException {
        // A proxied stream takes two connections, and one worker may get most of them.
        String text = ProxyConfigs.nginx(ports, directory, 2 * connections, System.getProperty("user.name"));
        Path file = Files.writeString(directory.resolve("nginx.conf"), text);
        return List.of(program.toString(), "-p", directory.toString(), "-c", file.toString());
    }

    private List<String> haproxy(Path program, Ports ports, Path directory) throws IOException {
        int threads = Runtime.getRuntime().availableProcessors();
        String text = ProxyConfigs.haproxy(ports, threads, connections);
        Path file = Files.writeString(directory.resolve("haproxy.cfg"), text);
        return List.of(program.toString(), "-db", "-f", file.toString());
    }

    /** Proxies are often installed where only root's path leads. */
    private static Optional<Path> onPath(String program) {
        String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
        return Stream.concat(Stream.of(path.split(File.pathSeparator)), Stream.of("/usr/sbin", "/usr/local/sbin"))
                .map(directory -> Path.of(directory, program))
                .filter(Files::isExecutable)
                .findFirst();
    }

    private static String version(Path program) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(program.toString(), "-v")
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), UTF_8)
                .lines()
                .findFirst()
                .orElse("unknown");
        process.waitFor();
        int more = said.indexOf(AFTER_VERSION);
        return more < 0 ? said : said.substring(0, more);
    }

    private interface ProgramLaunch {
        List<String> command(Path program, Ports ports, Path directory) throws IOException;
    }
}
