package io.essaim.dialect;

/** NDJSON: a line is a frame, an empty line is none. */
final class NdjsonFrames implements FrameSplitter {
    private final FrameBuffer line = new FrameBuffer();

    @Override
    public void accept(byte[] in, int offset, int length, Sink sink) throws InvalidFrame {
        int from = offset;
        int end = offset + length;
        for (int i = offset; i < end; i++) {
            if (in[i] == '\n') {
                if (line.isEmpty()) {
                    frame(in, from, i - from, sink);
                } else {
                    line.add(in, from, i - from);
                    end(sink);
                }
                from = i + 1;
            }
        }
        line.add(in, from, end - from);
    }

    @Override
    public void end(Sink sink) throws InvalidFrame {
        frame(line.array(), 0, line.length(), sink);
        line.clear();
    }

    private static void frame(byte[] in, int offset, int length, Sink sink) throws InvalidFrame {
        for (int i = offset; i < offset + length; i++) {
            if (in[i] > ' ' || in[i] < 0) {
                sink.frame(in, offset, length);
                return;
            }
        }
    }
}
