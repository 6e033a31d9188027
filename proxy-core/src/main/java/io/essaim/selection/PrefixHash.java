package io.essaim.selection;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * SipHash-1-3 (Aumasson, Bernstein: SipHash, a fast short-input PRF) that can be read at any length on the way. Keyed,
 * so that no client can make two conversations look alike. Not thread-safe.
 */
final class PrefixHash {
    private static final VarHandle WORDS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private long v0;
    private long v1;
    private long v2;
    private long v3;
    private long absorbed;

    PrefixHash(long key0, long key1) {
        v0 = key0 ^ 0x736f6d6570736575L;
        v1 = key1 ^ 0x646f72616e646f6dL;
        v2 = key0 ^ 0x6c7967656e657261L;
        v3 = key1 ^ 0x7465646279746573L;
    }

    private PrefixHash(PrefixHash other) {
        v0 = other.v0;
        v1 = other.v1;
        v2 = other.v2;
        v3 = other.v3;
        absorbed = other.absorbed;
    }

    PrefixHash copy() {
        return new PrefixHash(this);
    }

    /** Bytes that went in. */
    long absorbed() {
        return absorbed;
    }

    /** Goes on with whole words; the length is a multiple of 8. */
    void absorb(byte[] bytes, int from, int length) {
        for (int at = from; at < from + length; at += Long.BYTES) {
            word((long) WORDS.get(bytes, at));
        }
        absorbed += length;
    }

    /** The hash of all that went in and of these bytes behind it. What went in stays as it is. */
    long with(byte[] bytes, int from, int length) {
        PrefixHash end = copy();
        int whole = length & -Long.BYTES;
        end.absorb(bytes, from, whole);
        long last = (end.absorbed + length - whole) << 56;
        for (int i = whole; i < length; i++) {
            last |= (bytes[from + i] & 0xffL) << 8 * (i - whole);
        }
        end.word(last);
        end.v2 ^= 0xff;
        end.round();
        end.round();
        end.round();
        return end.v0 ^ end.v1 ^ end.v2 ^ end.v3;
    }

    private void word(long word) {
        v3 ^= word;
        round();
        v0 ^= word;
    }

    private void round() {
        v0 += v1;
        v1 = Long.rotateLeft(v1, 13) ^ v0;
        v0 = Long.rotateLeft(v0, 32);
        v2 += v3;
        v3 = Long.rotateLeft(v3, 16) ^ v2;
        v0 += v3;
        v3 = Long.rotateLeft(v3, 21) ^ v0;
        v2 += v1;
        v1 = Long.rotateLeft(v1, 17) ^ v2;
        v2 = Long.rotateLeft(v2, 32);
    }
}
