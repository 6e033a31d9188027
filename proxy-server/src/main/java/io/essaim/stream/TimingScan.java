package io.essaim.stream;

import io.netty.util.ByteProcessor;

/**
 * Walks over JSON and hands keys and numbers to {@link TimingFields}. Quotes in text are escaped, so the content of an
 * answer is never taken for a figure.
 */
final class TimingScan implements ByteProcessor {
    private final TimingFields figures;
    private final int deepest;
    private final boolean lines;
    private int depth;
    private boolean inString;
    private boolean escaped;
    private boolean inKey;
    private boolean keyNext;

    /**
     * @param deepest level of nesting down to which keys count; the outermost object is 1
     * @param lines whether each line is a document of its own, whatever became of the last one
     */
    TimingScan(TimingFields figures, int deepest, boolean lines) {
        this.figures = figures;
        this.deepest = deepest;
        this.lines = lines;
    }

    private void restart() {
        depth = 0;
        inString = false;
        escaped = false;
        inKey = false;
        keyNext = false;
        figures.valueEnds();
    }

    @Override
    public boolean process(byte b) {
        if (b == '\n' && lines) {
            restart();
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
                inKey = keyNext && depth <= deepest;
                if (inKey) {
                    figures.keyBegins();
                } else {
                    figures.valueEnds();
                }
            }
            case '{', '[' -> {
                depth++;
                keyNext = b == '{';
                figures.valueEnds();
            }
            case '}', ']' -> {
                depth--;
                figures.valueEnds();
            }
            case ':' -> keyNext = false;
            case ',' -> {
                // The words of an array are taken for keys, but no number follows them.
                keyNext = true;
                figures.valueEnds();
            }
            default -> figures.valueByte(b);
        }
    }

    private void string(byte b) {
        if (escaped) {
            escaped = false;
        } else if (b == '\\') {
            escaped = true;
        } else if (b == '"') {
            inString = false;
            if (inKey) {
                figures.keyEnds();
                inKey = false;
                return;
            }
        }
        if (inKey) {
            figures.keyByte(b);
        }
    }
}
