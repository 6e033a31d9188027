package io.essaim.probe;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.ConnectTimeoutException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.channels.UnsupportedAddressTypeException;
import org.junit.jupiter.api.Test;

class ProbeClientTest {
    @Test
    void everyCauseIsToldInWords_alsoThoseWithoutAMessage() {
        assertThat(ProbeClient.reason(new UnknownHostException("dev2"))).isEqualTo("its host name is not known");
        assertThat(ProbeClient.reason(new UnresolvedAddressException())).isEqualTo("its host name is not known");
        assertThat(ProbeClient.reason(new ConnectTimeoutException("..."))).isEqualTo("no connection within 2000 ms");
        assertThat(ProbeClient.reason(new ClosedChannelException()))
                .isEqualTo("the connection was closed while it was made");
        assertThat(ProbeClient.reason(new NoRouteToHostException("No route to host")))
                .isEqualTo("No route to host");
        assertThat(ProbeClient.reason(new UnsupportedAddressTypeException()))
                .isEqualTo("UnsupportedAddressTypeException");
    }
}
