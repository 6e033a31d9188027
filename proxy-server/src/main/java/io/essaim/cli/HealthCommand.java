package io.essaim.cli;

import io.essaim.config.Admin;
import io.essaim.config.Rules;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * {@code essaim health}: asks a running proxy whether it works, for containers that have no shell and no curl. A listing is asked
 * for, since answering it takes what answering clients takes: JSON, the rules, the fleet.
 */
@Command(
        name = "health",
        description =
                "Ask a proxy on this machine whether it works. Exit code 0 when it does, 1 when not; then a line says why.",
        mixinStandardHelpOptions = true)
final class HealthCommand implements Callable<Integer> {
    private static final int MILLIS = 2000;
    private static final int USUAL_PORT = 11434;
    private static final int LONGEST_ANSWER = 8 << 20;

    @Option(
            names = "--port",
            paramLabel = "P",
            description = "its port, which is asked over loopback (default: what --rules says, else 11434)")
    private @Nullable Integer port;

    @Option(
            names = "--tls",
            description = "The port speaks https. Its certificate is not looked at: this machine asks itself.")
    private boolean tls;

    @Option(
            names = "--rules",
            paramLabel = "FILE",
            description =
                    "its rules: they say whether its port speaks https, where it is unless --port does, and where its admin"
                            + " page is, which is asked whether the proxy is ready")
    private @Nullable Path file;

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws Main.Complaint {
        Rules rules = rules();
        boolean secure = tls || rules != null && rules.listen().tls() != null;
        Admin admin = rules == null ? null : rules.admin();
        String trouble = trouble(listener(rules), secure, "/api/tags", "\"models\"");
        if (trouble == null && admin != null && admin.port() != 0) {
            trouble = trouble(new InetSocketAddress(admin.host(), admin.port()), false, "/readyz", "ready");
        }
        if (trouble != null) {
            java.util.Objects.requireNonNull(spec).commandLine().getErr().println(trouble);
        }
        return trouble == null ? 0 : 1;
    }

    /** Null when there are none, or they are broken: a proxy goes on under those that were good. */
    private @Nullable Rules rules() {
        try {
            return file == null ? null : RulesFile.read(file);
        } catch (Main.Complaint e) {
            java.util.Objects.requireNonNull(spec).commandLine().getErr().println(e.getMessage());
            return null;
        }
    }

    /** Where clients are served. {@code serve --host} may have moved that, so {@code --port} means loopback. */
    private InetSocketAddress listener(@Nullable Rules rules) throws Main.Complaint {
        if (port != null) {
            return new InetSocketAddress(InetAddress.getLoopbackAddress(), Port.checked(port));
        }
        return rules == null
                ? new InetSocketAddress(InetAddress.getLoopbackAddress(), USUAL_PORT)
                : new InetSocketAddress(rules.listen().host(), rules.listen().port());
    }

    /** What is wrong with an answer; null when it is 200 and holds that text. Of a listener at every address, loopback is asked. */
    private static @Nullable String trouble(InetSocketAddress listener, boolean secure, String path, String text) {
        InetAddress address = listener.getAddress();
        InetAddress asked = address != null && address.isAnyLocalAddress() ? InetAddress.getLoopbackAddress() : address;
        String of = InetAddress.getLoopbackAddress().equals(asked) ? "" : " of " + listener.getHostString();
        String where = "port " + listener.getPort() + of + ", " + path + ": ";
        if (asked == null) {
            return where + "this name has no address";
        }
        try (Socket socket = secure ? LoopbackTls.socket() : new Socket()) {
            socket.connect(new InetSocketAddress(asked, listener.getPort()), MILLIS);
            socket.setSoTimeout(MILLIS);
            socket.getOutputStream()
                    .write(("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            String answer = new String(socket.getInputStream().readNBytes(LONGEST_ANSWER), StandardCharsets.ISO_8859_1);
            if (answer.startsWith("HTTP/1.1 200 ")) {
                return answer.contains(text) ? null : where + "its answer is not what was asked for";
            }
            return where
                    + (answer.isEmpty()
                            ? "it closed the connection without an answer"
                            : answer.lines().toList().get(0));
        } catch (IOException e) {
            return where + e.getMessage();
        }
    }
}
