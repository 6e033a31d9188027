package io.essaim.transport;

import io.netty.channel.ConnectTimeoutException;

/** No connection, because the addresses of the name were not known in time. */
public final class NameTimeout extends ConnectTimeoutException {
    private static final long serialVersionUID = 1;

    NameTimeout(String host) {
        super("no address of " + host + " in time");
    }
}
