package io.essaim.frontend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.essaim.config.IpLiteral;
import io.essaim.config.Listen;
import io.essaim.config.RulesLoader;
import io.essaim.http.BadMessage;
import io.essaim.http.Head;
import io.essaim.http.RequestReader;
import io.netty.buffer.Unpooled;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which address a request is judged by; the trusted proxies are 10.0.0.0/8 and fd00::/8. */
class ClientAddressTest {
    private static Listen listen;

    @BeforeAll
    static void load() throws Exception {
        listen = RulesLoader.load(
                        "test.json",
                        "{\"listen\":{\"trust\":[\"10.0.0.0/8\",\"fd00::/8\"]},\"backends\":{\"a\":{\"url\":\"http://a\"}},\"routes\":[{\"models\":[\"*\"],\"tiers\":[[\"a\"]]}]}"
                                .getBytes(StandardCharsets.UTF_8))
                .listen();
    }

    private static Head head(String fields) throws BadMessage {
        RequestReader reader = new RequestReader();
        String text = "GET / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n";
        assertThat(reader.read(Unpooled.wrappedBuffer(text.getBytes(StandardCharsets.ISO_8859_1))))
                .isTrue();
        return reader.request().head();
    }

    /** {@code &} stands for the end of a line. */
    private static InetAddress client(String peer, String fields) throws BadMessage {
        String lines = fields == null ? "" : fields.replace("&", "\r\n") + "\r\n";
        return ClientAddress.of(IpLiteral.address(peer).orElseThrow(), head(lines), listen);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            192.168.1.7 |                                                                    | 192.168.1.7
            192.168.1.7 | X-Forwarded-For: 127.0.0.1                                         | 192.168.1.7
            192.168.1.7 | X-Forwarded-For: garbage                                           | 192.168.1.7
            192.168.1.7 | Forwarded: for=127.0.0.1                                           | 192.168.1.7
            10.0.0.1    |                                                                    | 10.0.0.1
            10.0.0.1    | X-Forwarded-For:                                                   | 10.0.0.1
            10.0.0.1    | X-Forwarded-For: 192.168.1.7                                       | 192.168.1.7
            10.0.0.1    | X-Forwarded-For: 192.168.1.7:4711                                  | 192.168.1.7
            10.0.0.1    | X-Forwarded-For: 127.0.0.1, 192.168.1.7                            | 192.168.1.7
            10.0.0.1    | X-Forwarded-For: garbage, unknown, 192.168.1.7                     | 192.168.1.7
            10.0.0.1    | X-Forwarded-For: 127.0.0.1, 192.168.1.7, 10.0.0.2, 10.0.0.3        | 192.168.1.7
            10.0.0.1    | X-Forwarded-For: 10.0.0.9, 10.0.0.2                                | 10.0.0.9
            10.0.0.1    | X-Forwarded-For: 127.0.0.1&X-Forwarded-For: 192.168.1.7            | 192.168.1.7
            10.0.0.1    | X-Forwarded-For: 192.168.1.7&X-Forwarded-For: 10.0.0.2, , ,        | 192.168.1.7
            10.0.0.1    | x-forwarded-for: 2001:db8::1                                       | 2001:db8::1
            10.0.0.1    | X-Forwarded-For: [2001:db8::1]                                     | 2001:db8::1
            10.0.0.1    | X-Forwarded-For: "[2001:db8::1]:443"                               | 2001:db8::1
            10.0.0.1    | X-Forwarded-For: ::ffff:192.168.1.7                                | 192.168.1.7
            10.0.0.1    | X-Forwarded-For: 127.0.0.1, 192.168.1.7, ::ffff:10.0.0.2           | 192.168.1.7
            fd00::5     | X-Forwarded-For: 192.168.1.7, fd00::6                              | 192.168.1.7
            10.0.0.1    | Forwarded: for=192.168.1.7                                         | 192.168.1.7
            10.0.0.1    | Forwarded: for=127.0.0.1, FOR="192.168.1.7:80";proto=http;by=_x    | 192.168.1.7
            10.0.0.1    | Forwarded: proto=https; for=192.168.1.7; host="a,b;for=1.1.1.1"    | 192.168.1.7
            10.0.0.1    | Forwarded: for="[2001:db8::1]:_port"                               | 2001:db8::1
            10.0.0.1    | Forwarded: for="1\\92.168.1.7"                                     | 192.168.1.7
            10.0.0.1    | Forwarded: for=127.0.0.1&Forwarded: for=192.168.1.7,for=10.0.0.2   | 192.168.1.7
            10.0.0.1    | Forwarded: for=192.168.1.7, , for=10.0.0.2,                        | 192.168.1.7
            10.0.0.1    | Forwarded: for=192.168.1.7&X-Forwarded-For: 192.168.1.7, 10.0.0.2  | 192.168.1.7
            """)
    void isWhatTheLastTrustedProxySays(String peer, String fields, String expected) throws Exception {
        assertThat(IpLiteral.text(client(peer, fields))).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            X-Forwarded-For: unknown                                        | no address in X-Forwarded-For
            X-Forwarded-For: 192.168.1.7, unknown                           | no address in X-Forwarded-For
            X-Forwarded-For: 192.168.1.7, _hidden, 10.0.0.2                 | no address in X-Forwarded-For
            X-Forwarded-For: 192.168.1.300                                  | no address in X-Forwarded-For
            X-Forwarded-For: 192.168.1.7:99999999                           | no address in X-Forwarded-For
            X-Forwarded-For: [192.168.1.7]                                  | no address in X-Forwarded-For
            X-Forwarded-For: [2001:db8::1                                   | no address in X-Forwarded-For
            X-Forwarded-For: [2001:db8::1]x                                 | no address in X-Forwarded-For
            X-Forwarded-For: fe80::1%eth0                                   | no address in X-Forwarded-For
            X-Forwarded-For: localhost                                      | no address in X-Forwarded-For
            X-Forwarded-For: "                                              | no address in X-Forwarded-For
            Forwarded: for=unknown                                          | no address in Forwarded
            Forwarded: for=127.0.0.1, for=_SEVKISEK                         | no address in Forwarded
            Forwarded: for=127.0.0.1, proto=http                            | no address in Forwarded
            Forwarded: for=                                                 | no address in Forwarded
            Forwarded: for=", for=192.168.1.7                               | cannot be read
            Forwarded: for="_x, for="[2001:db8::1]"                         | cannot be read
            Forwarded: for="_x\\", for=192.168.1.7                          | cannot be read
            Forwarded: for=127.0.0.1;for=192.168.1.7                        | cannot be read
            Forwarded: 192.168.1.7                                          | cannot be read
            Forwarded: for=127.0.0.1 for=192.168.1.7                        | cannot be read
            Forwarded: for=127.0.0.1&X-Forwarded-For: 192.168.1.7           | name different clients
            """)
    void isNotGuessed_whereATrustedProxyDoesNotSay(String fields, String why) {
        assertThatExceptionOfType(BadMessage.class)
                .isThrownBy(() -> client("10.0.0.1", fields))
                .withMessageContaining(why)
                .satisfies(e -> assertThat(e.status()).isEqualTo(400));
    }

    /** Whatever a client writes in front: the proxy's own entry, the last, decides, or the request is refused. */
    @Test
    void nothingThatAClientWrites_makesItSomebodyElse() {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        String[] pieces = {
            "for=",
            "127.0.0.1",
            "10.0.0.2",
            "\"",
            "\\",
            ",",
            ";",
            " ",
            "[",
            "]",
            "::1",
            "_x",
            "=",
            "unknown",
            ":",
            "proto="
        };
        for (int i = 0; i < 20_000; i++) {
            StringBuilder forged = new StringBuilder();
            for (int n = random.nextInt(8); n > 0; n--) {
                forged.append(pieces[random.nextInt(pieces.length)]);
            }
            boolean standard = random.nextBoolean();
            String own =
                    standard ? (random.nextBoolean() ? "for=192.168.1.7" : "for=\"192.168.1.7:5\"") : "192.168.1.7";
            String line = (standard ? "Forwarded: " : "X-Forwarded-For: ") + forged + ", " + own;
            try {
                assertThat(IpLiteral.text(client("10.0.0.1", line))).as(line).isEqualTo("192.168.1.7");
            } catch (BadMessage e) {
                assertThat(e.status()).isEqualTo(400);
            }
        }
    }
}
