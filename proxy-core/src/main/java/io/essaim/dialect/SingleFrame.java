package io.essaim.dialect;

/** An answer that is one document. */
final class SingleFrame implements FrameSplitter {
    private final FrameBuffer body = new FrameBuffer();

    @Override
    public void accept(byte[] in, int offset, int length, Sink sink) throws InvalidFrame {
        body.add(in, offset, length);
    }

    @Override
    public void end(Sink sink) throws InvalidFrame {
        if (!body.isEmpty()) {
            sink.frame(body.array(), 0, body.length());
            body.clear();
        }
    }
}
