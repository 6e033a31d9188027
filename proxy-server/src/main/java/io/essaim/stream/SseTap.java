package io.essaim.stream;

import io.essaim.api.Surface;
import io.essaim.learn.ReportedTimings;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Finds the terminal event of a server-sent event stream by the beginnings of its lines: {@code data: [DONE]}, {@code
 * event: message_stop}, or one of the final {@code response.*} events. The space after the colon is optional (WHATWG,
 * "event stream interpretation").
 */
public final class SseTap implements AnswerTap {
    private static final int KEPT = 40;
    private static final byte[] DATA = {'d', 'a', 't', 'a', ':'};

    private final Surface surface;
    private final byte[] start = new byte[KEPT];
    private final TimingFields figures = new TimingFields();
    private final TimingScan scan = new TimingScan(figures, Integer.MAX_VALUE, true);
    private final ObjectScan first;
    private int frames;
    private int column;
    private long lineLength;
    private boolean complete;
    private boolean saidError;
    private Opening opening = Opening.UNKNOWN;
    private boolean midFrame;

    public SseTap(Surface surface) {
        this.surface = surface;
        this.first = new ObjectScan(ExpectedAnswer.ofEvent(surface));
    }

    @Override
    public void look(ByteBuf in, int index, int length) {
        in.forEachByte(index, length, scan);
        int i = index;
        int end = index + length;
        while (i < end) {
            int newline = in.indexOf(i, end, (byte) '\n');
            int stop = newline < 0 ? end : newline;
            int room = Math.min(stop - i, KEPT - column);
            if (room > 0) {
                in.getBytes(i, start, column, room);
                column += room;
            }
            if (opening == Opening.UNKNOWN) {
                first(in, i, stop);
            }
            if (newline >= 0) {
                line();
                column = 0;
                lineLength = 0;
            }
            i = stop + 1;
        }
    }

    /** Looks into the data of the first event. */
    private void first(ByteBuf in, int from, int to) {
        int begins = from + (int) Math.max(0, DATA.length - lineLength);
        lineLength += to - from;
        if (begins < to && Arrays.equals(start, 0, DATA.length, DATA, 0, DATA.length)) {
            in.forEachByte(begins, to - begins, first);
            if (first.broken()) {
                opening = Opening.WRONG;
            }
        }
    }

    private void line() {
        int kept = column > 0 && start[column - 1] == '\r' ? column - 1 : column;
        if (kept == 0) {
            if (opening == Opening.UNKNOWN && !first.blank()) { // A comment or a bare name is no event.
                opening = first.whole() && first.found() ? Opening.GOOD : Opening.WRONG;
            }
            midFrame = false;
            return;
        }
        midFrame = true;
        String text = new String(start, 0, kept, StandardCharsets.ISO_8859_1);
        if (text.startsWith("event:")) {
            event(text.substring(6).strip());
        } else if (text.startsWith("data:")) {
            String data = text.substring(5).strip();
            frames++;
            saidError |= data.startsWith("{\"error\":");
            complete |= surface == Surface.OPENAI && data.equals("[DONE]");
        }
        if (saidError && opening == Opening.UNKNOWN) {
            opening = Opening.ERROR;
        }
    }

    private void event(String name) {
        saidError |= name.equals("error");
        switch (surface) {
            case ANTHROPIC -> complete |= name.equals("message_stop");
            case RESPONSES ->
                complete |= name.equals("response.completed")
                        || name.equals("response.failed")
                        || name.equals("response.incomplete");
            default -> {}
        }
    }

    @Override
    public boolean complete() {
        return complete;
    }

    @Override
    public boolean saidError() {
        return saidError;
    }

    @Override
    public Opening opening() {
        return opening;
    }

    @Override
    public int frames() {
        return frames;
    }

    @Override
    public ReportedTimings timings() {
        return figures.timings();
    }

    @Override
    public boolean midFrame() {
        return midFrame || column > 0;
    }
}
