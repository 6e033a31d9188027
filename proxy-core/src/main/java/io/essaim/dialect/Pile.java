package io.essaim.dialect;

/** Bytes that are gathered until they are a frame, not more than a frame may have. */
final class Pile {
    private final Bytes bytes = new Bytes();

    void add(byte[] in, int offset, int length) throws BadFrame {
        if (bytes.length() + (long) length > Frames.LARGEST) {
            throw new BadFrame("a frame of more than " + (Frames.LARGEST >> 20) + " MiB");
        }
        bytes.raw(in, offset, length);
    }

    boolean isEmpty() {
        return bytes.length() == 0;
    }

    int length() {
        return bytes.length();
    }

    byte[] array() {
        return bytes.array();
    }

    void clear() {
        bytes.clear();
    }
}
