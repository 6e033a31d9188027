package io.essaim.relay;

import io.essaim.api.Surface;
import io.essaim.learn.Timings;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/**
 * Finds the terminal event of a server-sent event stream by the beginnings of its lines: {@code data: [DONE]},
 * {@code event: message_stop}, or one of the final {@code response.*} events. Fields may have or lack the space after the
 * colon (WHATWG, "event stream interpretation").
 */
final class SseEnd implements EndOfStream {
    private static final int KEPT = 40;

    private final Surface surface;
    private final byte[] start = new byte[KEPT];
    private final Figures figures = new Figures();
    private final FigureScan scan = new FigureScan(figures, Integer.MAX_VALUE, true);
    private int frames;
    private int column;
    private boolean complete;
    private boolean saidError;
    private Opening opening = Opening.UNKNOWN;
    private boolean midFrame;

    SseEnd(Surface surface) {
        this.surface = surface;
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
            if (newline >= 0) {
                line();
                column = 0;
            }
            i = stop + 1;
        }
    }

    private void line() {
        int length = column > 0 && start[column - 1] == '\r' ? column - 1 : column;
        if (length == 0) {
            if (midFrame && opening == Opening.UNKNOWN) {
                opening = Opening.GOOD;
            }
            midFrame = false;
            return;
        }
        midFrame = true;
        String text = new String(start, 0, length, StandardCharsets.ISO_8859_1);
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
    public Timings timings() {
        return figures.timings();
    }

    @Override
    public boolean midFrame() {
        return midFrame || column > 0;
    }
}
