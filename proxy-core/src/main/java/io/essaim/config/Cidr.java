package io.essaim.config;

import java.net.InetAddress;
import java.util.Arrays;
import java.util.Optional;

/** A network: {@code 192.168.1.0/24}, {@code fd00::/8}, or one address. IPv4 addresses mapped into IPv6 count as IPv4. */
public final class Cidr {
    private final byte[] network;
    private final int prefix;

    private Cidr(byte[] network, int prefix) {
        this.network = network;
        this.prefix = prefix;
    }

    /**
     * The network written in {@code text}, in CIDR notation (RFC 4632, RFC 4291 2.3).
     *
     * @throws IllegalArgumentException if it is none, or if bits after the prefix are set; the message says which
     */
    public static Cidr parse(String text) {
        int slash = text.indexOf('/');
        String literal = slash < 0 ? text : text.substring(0, slash);
        byte[] address = IpLiteral.parse(literal)
                .orElseThrow(() -> new IllegalArgumentException("\"" + literal + "\" is no IP address"));
        int written = literal.indexOf(':') < 0 ? 32 : 128;
        int prefix = slash < 0 ? written : prefix(text.substring(slash + 1), written);
        prefix -= written - address.length * 8; // a mapped IPv4 network is kept as the IPv4 network that it is
        if (prefix < 0) {
            throw new IllegalArgumentException("the prefix of a mapped IPv4 network is 96 to 128");
        }
        byte[] network = masked(address, prefix);
        if (!Arrays.equals(network, address)) {
            throw new IllegalArgumentException(
                    "bits after the prefix are set; the network is " + new Cidr(network, prefix));
        }
        return new Cidr(network, prefix);
    }

    private static int prefix(String digits, int max) {
        boolean number =
                !digits.isEmpty() && digits.length() <= 3 && digits.chars().allMatch(c -> c >= '0' && c <= '9');
        int prefix = number ? Integer.parseInt(digits) : -1;
        if (prefix < 0 || prefix > max) {
            throw new IllegalArgumentException("the prefix after the slash is 0 to " + max);
        }
        return prefix;
    }

    private static byte[] masked(byte[] address, int prefix) {
        byte[] masked = address.clone();
        for (int i = 0; i < masked.length; i++) {
            int kept = Math.max(0, Math.min(8, prefix - i * 8));
            masked[i] &= (byte) (0xFF00 >> kept);
        }
        return masked;
    }

    /** Whether the address is in this network. */
    public boolean contains(InetAddress address) {
        byte[] bytes = IpLiteral.unmapped(address.getAddress());
        return bytes.length == network.length && Arrays.equals(masked(bytes, prefix), network);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Cidr that && prefix == that.prefix && Arrays.equals(network, that.network);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(network) + prefix;
    }

    /** The network in CIDR notation, IPv6 shortened as in RFC 5952. */
    @Override
    public String toString() {
        return IpLiteral.format(network) + '/' + prefix;
    }

    /** The network of an address literal alone, empty if it is none. */
    static Optional<Cidr> ofLiteral(String literal) {
        return IpLiteral.parse(literal).map(address -> new Cidr(address, address.length * 8));
    }

    /** Whether every address of its kind is in this network. */
    boolean isEverything() {
        return prefix == 0;
    }

    /** Whether all of {@code other} is in this network. */
    boolean contains(Cidr other) {
        return network.length == other.network.length
                && prefix <= other.prefix
                && Arrays.equals(masked(other.network, prefix), network);
    }
}
