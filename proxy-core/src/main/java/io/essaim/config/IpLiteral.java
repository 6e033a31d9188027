package io.essaim.config;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** IP addresses in text. The JDK's parser is not used: it falls back to DNS for what it does not understand. Any thread. */
public final class IpLiteral {
    private static final byte[] MAPPED = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1};

    private IpLiteral() {}

    /** The address in text, without brackets or scope; empty when it is none. One mapped into IPv6 gives the IPv4 address. */
    public static Optional<InetAddress> address(String text) {
        return parse(text).map(bytes -> {
            try {
                return InetAddress.getByAddress(bytes);
            } catch (UnknownHostException e) {
                throw new IllegalStateException("4 or 16 bytes are an address", e);
            }
        });
    }

    /** The address in text, shortened as in RFC 5952; one mapped into IPv6 as the IPv4 address. */
    public static String text(InetAddress address) {
        return format(unmapped(address.getAddress()));
    }

    /** 4 or 16 bytes of the address in text, without brackets or scope; an IPv4 address mapped into IPv6 gives 4. */
    static Optional<byte[]> parse(String text) {
        return Optional.ofNullable(text.indexOf(':') < 0 ? v4(text) : v6(text)).map(IpLiteral::unmapped);
    }

    static byte[] unmapped(byte[] address) {
        boolean mapped = address.length == 16 && Arrays.equals(Arrays.copyOf(address, MAPPED.length), MAPPED);
        return mapped ? Arrays.copyOfRange(address, MAPPED.length, 16) : address;
    }

    private static byte @Nullable [] v4(String text) {
        String[] parts = text.split("\\.", -1);
        if (parts.length != 4) {
            return null;
        }
        byte[] address = new byte[4];
        for (int i = 0; i < 4; i++) {
            int value = number(parts[i], 10, 3);
            // a leading zero reads as octal elsewhere
            if (value < 0 || value > 255 || (parts[i].length() > 1 && parts[i].charAt(0) == '0')) {
                return null;
            }
            address[i] = (byte) value;
        }
        return address;
    }

    private static byte @Nullable [] v6(String text) {
        int gap = text.indexOf("::");
        if (gap < 0) {
            byte[] all = groups(text, true);
            return all != null && all.length == 16 ? all : null;
        }
        byte[] head = groups(text.substring(0, gap), false);
        byte[] tail = groups(text.substring(gap + 2), true);
        if (head == null || tail == null || head.length + tail.length > 14) {
            return null;
        }
        byte[] address = Arrays.copyOf(head, 16);
        System.arraycopy(tail, 0, address, 16 - tail.length, tail.length);
        return address;
    }

    private static byte @Nullable [] groups(String text, boolean toTheEnd) {
        if (text.isEmpty()) {
            return new byte[0];
        }
        String[] parts = text.split(":", -1);
        boolean mixed =
                toTheEnd && parts[parts.length - 1].indexOf('.') >= 0; // RFC 4291 2.2: IPv4 only as the last 32 bits
        byte[] v4 = mixed ? v4(parts[parts.length - 1]) : new byte[0];
        if (v4 == null) {
            return null;
        }
        int count = mixed ? parts.length - 1 : parts.length;
        byte[] address = new byte[count * 2 + v4.length];
        for (int i = 0; i < count; i++) {
            int value = number(parts[i], 16, 4);
            if (value < 0) {
                return null;
            }
            address[i * 2] = (byte) (value >> 8);
            address[i * 2 + 1] = (byte) value;
        }
        System.arraycopy(v4, 0, address, count * 2, v4.length);
        return address;
    }

    private static int number(String digits, int radix, int maxLength) {
        boolean valid = !digits.isEmpty()
                && digits.length() <= maxLength
                && digits.chars().allMatch(c -> c < 128 && Character.digit(c, radix) >= 0);
        return valid ? Integer.parseInt(digits, radix) : -1;
    }

    /** The address in text, IPv6 in the form of RFC 5952. */
    static String format(byte[] address) {
        if (address.length == 4) {
            return (address[0] & 0xFF) + "." + (address[1] & 0xFF) + "." + (address[2] & 0xFF) + "."
                    + (address[3] & 0xFF);
        }
        int[] groups = new int[8];
        for (int i = 0; i < 8; i++) {
            groups[i] = (address[2 * i] & 0xFF) << 8 | (address[2 * i + 1] & 0xFF);
        }
        int start = 0;
        int longest = 1; // one group of zeros alone is not shortened
        for (int i = 0; i < 8; i++) {
            int end = i;
            while (end < 8 && groups[end] == 0) {
                end++;
            }
            if (end - i > longest) {
                start = i;
                longest = end - i;
            }
        }
        if (longest == 1) {
            return joined(groups, 0, 8);
        }
        return joined(groups, 0, start) + "::" + joined(groups, start + longest, 8);
    }

    private static String joined(int[] groups, int from, int to) {
        StringBuilder text = new StringBuilder();
        for (int i = from; i < to; i++) {
            text.append(i == from ? "" : ":").append(Integer.toHexString(groups[i]));
        }
        return text.toString();
    }
}
