package io.essaim.server;

import io.essaim.transport.Transport;
import io.netty.channel.epoll.EpollServerSocketChannel;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Listening sockets that another process opened: systemd, or the proxy that this one takes over from. The kernel
 * queues connections for such a socket while no process accepts them, so none is refused. Needs epoll. Not
 * thread-safe.
 */
final class InheritedSockets {
    private static final Logger LOG = LoggerFactory.getLogger(InheritedSockets.class);

    /** The first descriptor that systemd passes (sd_listen_fds(3)). */
    private static final int FIRST = 3;

    private static final int NON_BLOCKING = 04000;

    private final Map<InetSocketAddress, Integer> descriptors = new LinkedHashMap<>();
    private boolean fromSystemd;

    /** None. */
    static InheritedSockets nothing() {
        return new InheritedSockets();
    }

    /**
     * Those that the environment says were passed to this process.
     *
     * @throws CannotListen when a socket was passed that cannot be used
     */
    static InheritedSockets fromSystemd(Map<String, String> environment, Transport transport) throws CannotListen {
        InheritedSockets inherited = new InheritedSockets();
        int count = count(environment);
        if (count > 0 && transport.kind() != Transport.Kind.EPOLL) {
            LOG.warn("the sockets that systemd passes are not used: only the transport epoll can");
            return inherited;
        }
        for (int descriptor = FIRST; descriptor < FIRST + count; descriptor++) {
            if (!nonBlocking(descriptor)) {
                throw new CannotListen(
                        "the sockets that systemd passes would block: the service needs NonBlocking=true");
            }
            inherited.add(descriptor);
            inherited.fromSystemd = true;
        }
        return inherited;
    }

    private static int count(Map<String, String> environment) {
        String pid = environment.getOrDefault("LISTEN_PID", "");
        String count = environment.getOrDefault("LISTEN_FDS", "");
        boolean ours = pid.equals(Long.toString(ProcessHandle.current().pid()));
        return ours && count.matches("[0-9]{1,3}") ? Integer.parseInt(count) : 0;
    }

    /** By what Linux says of the descriptor: an accept that blocks would hold up all connections of its event loop. */
    private static boolean nonBlocking(int descriptor) {
        try {
            List<String> lines = Files.readAllLines(Path.of("/proc/self/fdinfo", Integer.toString(descriptor)));
            return lines.stream()
                    .filter(line -> line.startsWith("flags:"))
                    .anyMatch(line -> (Long.parseLong(line.substring(6).strip(), 8) & NON_BLOCKING) != 0);
        } catch (IOException e) {
            return false;
        }
    }

    /** Whether systemd passed them. */
    boolean fromSystemd() {
        return fromSystemd;
    }

    /** Takes over a descriptor of a listening TCP socket. */
    void add(int descriptor) {
        InetSocketAddress address = new EpollServerSocketChannel(descriptor).localAddress();
        descriptors.put(address, descriptor);
    }

    /** Whether a socket listens at one of these addresses. */
    boolean hasOneOf(List<InetSocketAddress> wanted) {
        return wanted.stream().anyMatch(address -> at(address) != null);
    }

    /** The descriptor of the socket that listens there, which is the caller's from now on; null when there is none. */
    @Nullable
    Integer take(InetSocketAddress address) {
        InetSocketAddress known = at(address);
        return known == null ? null : descriptors.remove(known);
    }

    /** A socket for all addresses is one, whichever family of addresses it says. */
    private @Nullable InetSocketAddress at(InetSocketAddress wanted) {
        return descriptors.keySet().stream()
                .filter(known -> known.getPort() == wanted.getPort()
                        && !wanted.isUnresolved()
                        && (known.getAddress().equals(wanted.getAddress())
                                || known.getAddress().isAnyLocalAddress()
                                        && wanted.getAddress().isAnyLocalAddress()))
                .findFirst()
                .orElse(null);
    }

    /** Closes those that nobody took. */
    void closeRest() {
        descriptors.forEach((address, descriptor) -> {
            try {
                new io.netty.channel.unix.FileDescriptor(descriptor).close();
            } catch (IOException e) {
                LOG.debug("descriptor {} could not be closed", descriptor, e);
            }
        });
        descriptors.clear();
    }
}
