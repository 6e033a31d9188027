package io.essaim.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CidrTest {

    @ParameterizedTest
    @CsvSource({
        "192.168.1.0/24, 192.168.1.0, true",
        "192.168.1.0/24, 192.168.1.255, true",
        "192.168.1.0/24, 192.168.2.0, false",
        "172.16.0.0/12, 172.31.255.255, true",
        "172.16.0.0/12, 172.32.0.0, false",
        "10.0.0.1, 10.0.0.1, true",
        "10.0.0.1, 10.0.0.2, false",
        "0.0.0.0/0, 8.8.8.8, true",
        "0.0.0.0/0, ::1, false",
        "::/0, 8.8.8.8, false",
        "fc00::/7, fdff::1, true",
        "fc00::/7, fe00::1, false",
        "fe80::/10, febf::1, true",
        "::1/128, ::1, true",
        "::ffff:10.0.0.0/104, 10.9.9.9, true",
        "::ffff:0:0/96, 1.2.3.4, true",
        "1:2:3:4:5:6:7:8, 1:2:3:4:5:6:7:8, true",
    })
    void contains(String network, String address, boolean expected) throws Exception {
        assertThat(Cidr.parse(network).contains(address(address))).isEqualTo(expected);
    }

    @Test
    void takesAMappedAddressForTheIpv4AddressItIs() throws Exception {
        byte[] mapped = new byte[16];
        System.arraycopy(new byte[] {-1, -1, 10, 0, 0, 7}, 0, mapped, 10, 6);

        assertThat(Cidr.parse("10.0.0.0/8").contains(Inet6Address.getByAddress(null, mapped, -1)))
                .isTrue();
        assertThat(Cidr.parse("11.0.0.0/8").contains(Inet6Address.getByAddress(null, mapped, -1)))
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/",
                "10.0.0.0/",
                "10.0.0.0/-1",
                "10.0.0.0/33",
                "10.0.0.0/+8",
                "10.0.0.0/8/8",
                "10.0.0/8",
                "10.0.0.0.0",
                "1.2.3.256",
                "01.2.3.4",
                "1.2.3.4 ",
                "localhost",
                ":",
                ":::",
                "1::2::3",
                "1:2:3:4:5:6:7",
                "1:2:3:4:5:6:7:8:9",
                "1:2:3:4:5:6:7::8",
                "12345::",
                "g::",
                "fe80::1%eth0",
                "[::1]",
                "::1/129",
                "::1.2.3",
                "1.2.3.4::",
                "10.0.0.1/8",
                "fe80::1/10",
                "::ffff:10.0.0.0/8",
                "١.2.3.4"
            })
    void refuses(String text) {
        assertThatThrownBy(() -> Cidr.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.0.1, 10.0.0.1/32",
        "FE80::/10, fe80::/10",
        "::, ::/128",
        "1:0:0:2:0:0:0:3, 1:0:0:2::3/128",
        "1:0:2:3:4:5:6:7, 1:0:2:3:4:5:6:7/128",
        "1::, 1::/128",
        "::ffff:1.2.3.4, 1.2.3.4/32",
        "64:ff9b::1.2.3.4, 64:ff9b::102:304/128",
    })
    void printsTheCommonForm(String text, String expected) {
        assertThat(Cidr.parse(text)).hasToString(expected).isEqualTo(Cidr.parse(expected));
    }

    @Test
    void readsWhatItPrints() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = new byte[random.nextBoolean() ? 4 : 16];
            random.nextBytes(bytes);
            for (int j = 0; j < bytes.length; j++) {
                bytes[j] = random.nextInt(3) == 0 ? bytes[j] : 0;
            }
            InetAddress address = InetAddress.getByAddress(bytes);
            String text = IpLiteral.format(bytes);

            assertThat(Cidr.parse(text).contains(address))
                    .as("%s, seed %d", text, seed)
                    .isTrue();
            assertThat(Cidr.parse(address.getHostAddress()))
                    .as("%s, seed %d", text, seed)
                    .isEqualTo(Cidr.parse(text));
        }
    }

    private static InetAddress address(String literal) throws UnknownHostException {
        return InetAddress.getAllByName(literal)[0];
    }
}
