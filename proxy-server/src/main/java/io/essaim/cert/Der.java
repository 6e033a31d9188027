package io.essaim.cert;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Writes the few kinds of values in DER (X.690) that a certificate consists of. */
final class Der {
    private static final int SEQUENCE = 0x30;
    private static final int FIRST_GENERAL_YEAR = 2050;

    private Der() {}

    static byte[] sequence(byte[]... parts) {
        return of(SEQUENCE, parts);
    }

    /** A value with this tag, one byte, whose content are these parts. */
    static byte[] of(int tag, byte[]... parts) {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            content.writeBytes(part);
        }
        ByteArrayOutputStream value = new ByteArrayOutputStream();
        value.write(tag);
        length(content.size(), value);
        value.writeBytes(content.toByteArray());
        return value.toByteArray();
    }

    private static void length(int length, ByteArrayOutputStream out) {
        if (length < 0x80) {
            out.write(length);
            return;
        }
        int bytes = length < 0x100 ? 1 : length < 0x1_0000 ? 2 : 3;
        out.write(0x80 | bytes);
        for (int i = bytes - 1; i >= 0; i--) {
            out.write(length >> 8 * i);
        }
    }

    static byte[] integer(BigInteger value) {
        return of(0x02, value.toByteArray());
    }

    static byte[] yes() {
        return of(0x01, new byte[] {(byte) 0xff});
    }

    /** @param unused bits at the end of the last byte that do not count */
    static byte[] bits(int unused, byte[] bytes) {
        return of(0x03, new byte[] {(byte) unused}, bytes);
    }

    static byte[] octets(byte[] bytes) {
        return of(0x04, bytes);
    }

    static byte[] text(String text) {
        return of(0x0c, text.getBytes(StandardCharsets.UTF_8));
    }

    /** An object identifier, like {@code 2.5.29.19}. */
    static byte[] oid(String dotted) {
        String[] parts = dotted.split("\\.", -1);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(40 * Integer.parseInt(parts[0]) + Integer.parseInt(parts[1]));
        for (int i = 2; i < parts.length; i++) {
            int arc = Integer.parseInt(parts[i]);
            for (int shift = 28; shift > 0; shift -= 7) {
                if (arc >> shift != 0) {
                    out.write(0x80 | arc >> shift & 0x7f);
                }
            }
            out.write(arc & 0x7f);
        }
        return of(0x06, out.toByteArray());
    }

    /** A time in seconds, in the form that RFC 5280 4.1.2.5 wants for its year. */
    static byte[] time(Instant at) {
        boolean general = at.atZone(ZoneOffset.UTC).getYear() >= FIRST_GENERAL_YEAR;
        String text = DateTimeFormatter.ofPattern(general ? "yyyyMMddHHmmss'Z'" : "yyMMddHHmmss'Z'", Locale.ROOT)
                .withZone(ZoneOffset.UTC)
                .format(at);
        return of(general ? 0x18 : 0x17, text.getBytes(StandardCharsets.US_ASCII));
    }
}
