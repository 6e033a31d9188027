package io.essaim.dialect;

/** An answer that is one document. */
final class WholeFrame implements Frames {
    private final Pile body = new Pile();

    @Override
    public void accept(byte[] in, int offset, int length, Sink sink) throws BadFrame {
        body.add(in, offset, length);
    }

    @Override
    public void end(Sink sink) throws BadFrame {
        if (!body.isEmpty()) {
            sink.frame(body.array(), 0, body.length());
            body.clear();
        }
    }
}
