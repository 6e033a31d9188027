package io.essaim.server;

import io.essaim.config.AgentRule;
import io.essaim.config.Rules;
import io.netty.channel.Channel;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The open ports of one kind, by the address in the rules; a port that the kernel chose is known by the address that
 * asked for it. Not thread-safe.
 */
final class Listeners {
    private final Opener opener;
    private final Map<InetSocketAddress, Channel> open = new LinkedHashMap<>();

    /** Opens a port. */
    interface Opener {
        Channel open(InetSocketAddress address) throws CannotListen;
    }

    Listeners(Opener opener) {
        this.opener = opener;
    }

    /** The common port first, then those that agents have of their own. */
    static List<InetSocketAddress> of(Rules rules) {
        List<InetSocketAddress> wanted = new ArrayList<>();
        wanted.add(new InetSocketAddress(rules.listen().host(), rules.listen().port()));
        rules.agents().values().stream()
                .map(AgentRule::port)
                .filter(port -> port != 0)
                .forEach(port -> wanted.add(new InetSocketAddress(rules.listen().host(), port)));
        return wanted;
    }

    /**
     * Opens those of the wanted ports that are not open; all of them or none.
     *
     * @return those that were opened, to be closed again with {@link #forget} if something else goes wrong
     */
    List<InetSocketAddress> open(List<InetSocketAddress> wanted) throws CannotListen {
        List<InetSocketAddress> opened = new ArrayList<>();
        try {
            for (InetSocketAddress address : wanted) {
                if (!open.containsKey(address)) {
                    open.put(address, openBeside(address, wanted));
                    opened.add(address);
                }
            }
            return opened;
        } catch (CannotListen e) {
            forget(opened);
            throw e;
        }
    }

    /**
     * Opens an address. One that is to be closed may hold the same port for another address of this machine, as 0.0.0.0 does: then
     * that one has to go first.
     */
    private Channel openBeside(InetSocketAddress address, List<InetSocketAddress> wanted) throws CannotListen {
        try {
            return opener.open(address);
        } catch (CannotListen e) {
            InetSocketAddress inTheWay = open.keySet().stream()
                    .filter(other -> other.getPort() == address.getPort() && !wanted.contains(other))
                    .findFirst()
                    .orElseThrow(() -> e);
            forget(List.of(inTheWay));
            try {
                return opener.open(address);
            } catch (CannotListen again) {
                open.put(inTheWay, opener.open(inTheWay));
                throw again;
            }
        }
    }

    /** Closes these. */
    void forget(List<InetSocketAddress> addresses) {
        for (InetSocketAddress address : addresses) {
            Channel channel = open.remove(address);
            if (channel != null) {
                channel.close().awaitUninterruptibly();
            }
        }
    }

    /**
     * Closes all but the wanted ports.
     *
     * @return the ports where nothing listens any more
     */
    List<Integer> retain(List<InetSocketAddress> wanted) {
        List<InetSocketAddress> unwanted = open.keySet().stream()
                .filter(address -> !wanted.contains(address))
                .toList();
        List<Integer> ports = unwanted.stream().map(this::port).toList();
        forget(unwanted);
        return ports.stream()
                .filter(port -> open.keySet().stream().noneMatch(address -> port(address) == port))
                .toList();
    }

    boolean has(InetSocketAddress address) {
        return open.containsKey(address);
    }

    /** The open ones. */
    List<Channel> channels() {
        return List.copyOf(open.values());
    }

    /** The port that an address got. */
    int port(InetSocketAddress address) {
        Channel channel = open.get(address);
        return channel == null ? 0 : ((InetSocketAddress) channel.localAddress()).getPort();
    }

    /** Closes all. */
    void close() {
        forget(List.copyOf(open.keySet()));
    }
}
