package io.essaim.stream;

import java.nio.charset.StandardCharsets;

/** Joins arrays of bytes. */
public final class ByteArrays {
    private ByteArrays() {}

    public static byte[] join(String before, byte[] frame) {
        byte[] first = before.getBytes(StandardCharsets.US_ASCII);
        byte[] all = new byte[first.length + frame.length];
        System.arraycopy(first, 0, all, 0, first.length);
        System.arraycopy(frame, 0, all, first.length, frame.length);
        return all;
    }
}
