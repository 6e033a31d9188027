package io.essaim.cli;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code essaim health}: asks a running proxy whether it is there, for containers that have no shell and no curl. */
@Command(
        name = "health",
        description = "Ask a proxy on this machine whether it answers. Exit code 0 when it does, 1 when not.",
        mixinStandardHelpOptions = true)
final class HealthCommand implements Callable<Integer> {
    private static final int MILLIS = 2000;

    @Option(
            names = "--port",
            paramLabel = "P",
            defaultValue = "11434",
            description = "its port (default: ${DEFAULT-VALUE})")
    private int port;

    @Option(
            names = "--tls",
            description = "The port speaks https. Its certificate is not looked at: this machine asks itself.")
    private boolean tls;

    @Override
    public Integer call() throws Main.Complaint {
        Port.checked(port);
        try (Socket socket = tls ? OwnPort.socket() : new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), MILLIS);
            socket.setSoTimeout(MILLIS);
            socket.getOutputStream()
                    .write("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            byte[] start = socket.getInputStream().readNBytes(15);
            return new String(start, StandardCharsets.US_ASCII).startsWith("HTTP/1.1 200 OK") ? 0 : 1;
        } catch (IOException e) {
            return 1;
        }
    }
}
