package io.essaim.dialect;

/** Bytes that are gathered until they are a frame, not more than a frame may have. */
final class FrameBuffer {
    private final ByteBuilder bytes = new ByteBuilder();

    void add(byte[] in, int offset, int length) throws InvalidFrame {
        if (bytes.length() + (long) length > FrameSplitter.LARGEST) {
            throw new InvalidFrame("a frame of more than " + (FrameSplitter.LARGEST >> 20) + " MiB");
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
