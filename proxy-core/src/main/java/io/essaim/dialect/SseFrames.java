package io.essaim.dialect;

/**
 * Server-sent events (WHATWG HTML 9.2): the data of an event is a frame. Names of events are passed over, since every
 * dialect repeats them in the data. An event that only the end of the stream ended is handed on, unlike in a browser: some
 * servers leave out the last empty line.
 */
final class SseFrames implements FrameSplitter {
    private static final byte[] BYTE_ORDER_MARK = {(byte) 0xef, (byte) 0xbb, (byte) 0xbf};
    private static final byte[] NEWLINE = {'\n'};

    private final FrameBuffer line = new FrameBuffer();
    private final FrameBuffer data = new FrameBuffer();
    private boolean hasData;
    private boolean afterReturn;
    private boolean begun;

    @Override
    public void accept(byte[] in, int offset, int length, Sink sink) throws InvalidFrame {
        int from = offset;
        int end = offset + length;
        for (int i = offset; i < end; i++) {
            byte b = in[i];
            if (b == '\n' || b == '\r') {
                // The \n of \r\n ends no second line, even if it comes with the next bytes.
                if (b == '\r' || !afterReturn) {
                    line.add(in, from, i - from);
                    lineOver(sink);
                }
                from = i + 1;
            }
            afterReturn = b == '\r';
        }
        line.add(in, from, end - from);
    }

    @Override
    public void end(Sink sink) throws InvalidFrame {
        if (!line.isEmpty()) {
            lineOver(sink);
        }
        dispatch(sink);
    }

    private void lineOver(Sink sink) throws InvalidFrame {
        int start = begun ? 0 : skipMark();
        begun = true;
        int length = line.length() - start;
        if (length == 0) {
            dispatch(sink);
        } else if (length >= 5 && isData(line.array(), start)) {
            int value = start + 5;
            if (value < line.length() && line.array()[value] == ' ') {
                value++;
            }
            if (hasData) {
                data.add(NEWLINE, 0, 1);
            }
            hasData = true;
            data.add(line.array(), value, line.length() - value);
        }
        line.clear();
    }

    private void dispatch(Sink sink) throws InvalidFrame {
        if (hasData) {
            hasData = false;
            sink.frame(data.array(), 0, data.length());
            data.clear();
        }
    }

    private int skipMark() {
        byte[] array = line.array();
        return line.length() >= 3
                        && array[0] == BYTE_ORDER_MARK[0]
                        && array[1] == BYTE_ORDER_MARK[1]
                        && array[2] == BYTE_ORDER_MARK[2]
                ? 3
                : 0;
    }

    private static boolean isData(byte[] line, int at) {
        return line[at] == 'd'
                && line[at + 1] == 'a'
                && line[at + 2] == 't'
                && line[at + 3] == 'a'
                && line[at + 4] == ':';
    }
}
