package io.essaim.stream;

import io.essaim.learn.ReportedTimings;
import io.netty.buffer.ByteBuf;
import io.netty.util.ByteProcessor;

/**
 * Finds {@code "done":true} and {@code "error"} at the top level of the lines of an NDJSON stream. It follows depth
 * and strings, so a {@code "done":true} inside the arguments of a tool call, or in the text, does not count.
 */
public final class NdjsonTap implements AnswerTap, ByteProcessor {
    private static final byte[] DONE = {'d', 'o', 'n', 'e'};
    private static final byte[] ERROR = {'e', 'r', 'r', 'o', 'r'};
    private static final int NO_KEY = 0;
    private static final int DONE_KEY = 1;
    private static final int ERROR_KEY = 2;

    private final TimingFields figures = new TimingFields();
    private final ObjectScan first = new ObjectScan("done");
    private int frames;
    private int depth;
    private boolean inString;
    private boolean escaped;
    private boolean keyNext;
    private int matched;
    private byte[] word = DONE;
    private boolean matching;
    private boolean inKey;
    private int key;
    private boolean doneHere;
    private boolean complete;
    private boolean saidError;
    private Opening opening = Opening.UNKNOWN;
    private boolean midFrame;

    @Override
    public void look(ByteBuf in, int index, int length) {
        in.forEachByte(index, length, this);
    }

    @Override
    public boolean process(byte b) {
        if (opening == Opening.UNKNOWN && !first.process(b)) {
            opening = Opening.WRONG;
        }
        if (b == '\n') {
            lineOver();
        } else if (inString) {
            string(b);
        } else {
            structure(b);
        }
        return true;
    }

    private void structure(byte b) {
        switch (b) {
            case '"' -> {
                inString = true;
                matching = keyNext && depth == 1;
                inKey = matching;
                matched = 0;
                if (inKey) {
                    figures.keyBegins();
                }
            }
            case '{', '[' -> {
                depth++;
                keyNext = b == '{';
                midFrame = true;
                if (depth == 1) {
                    doneHere = false;
                    complete = false;
                }
            }
            case '}', ']' -> {
                depth--;
                if (depth == 0) {
                    complete = doneHere;
                    figures.valueEnds();
                }
            }
            case ':' -> keyNext = false;
            case ',' -> {
                keyNext = depth == 1;
                key = NO_KEY;
                figures.valueEnds();
            }
            case 't' -> doneHere |= depth == 1 && key == DONE_KEY;
            default -> {
                complete &= depth > 0 || b <= ' '; // What is no JSON behind the last line is not its end.
                figures.valueByte(b);
            }
        }
    }

    /** JSON has no raw newline inside a string, so each line starts afresh, whatever a broken one left behind. */
    private void lineOver() {
        if (midFrame) {
            frames++;
            if (opening == Opening.UNKNOWN) {
                opening = first.whole() && first.found() ? Opening.GOOD : Opening.WRONG;
            }
        }
        midFrame = false;
        inKey = false;
        figures.valueEnds();
        depth = 0;
        inString = false;
        escaped = false;
        matching = false;
        keyNext = false;
        key = NO_KEY;
    }

    private void string(byte b) {
        if (escaped) {
            escaped = false;
            matching = false;
        } else if (b == '\\') {
            escaped = true;
        } else if (b == '"') {
            stringOver();
        } else if (inKey) {
            figures.keyByte(b);
            if (matching) {
                match(b);
            }
        }
    }

    private void stringOver() {
        inString = false;
        if (inKey) {
            figures.keyEnds();
            inKey = false;
        }
        if (matching) {
            keyOver();
        }
    }

    private void keyOver() {
        matching = false;
        key = matched != word.length ? NO_KEY : word == DONE ? DONE_KEY : ERROR_KEY;
        if (key == ERROR_KEY) {
            saidError = true;
            opening = opening == Opening.UNKNOWN ? Opening.ERROR : opening;
        }
    }

    private void match(byte b) {
        if (matched == 0) {
            word = b == 'e' ? ERROR : DONE;
        }
        if (matched < word.length && word[matched] == b) {
            matched++;
        } else {
            matching = false;
            key = NO_KEY;
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
        return midFrame;
    }
}
