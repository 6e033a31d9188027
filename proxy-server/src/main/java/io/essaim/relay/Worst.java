package io.essaim.relay;

import io.essaim.dialect.Asked;
import io.essaim.dialect.Options.Setting;
import io.essaim.dialect.Turn;

/**
 * The most tokens that a call of a cloud is likely to use, before anybody counted. A tokenizer's worst common case is a token
 * for two bytes of text; pictures are counted by the providers by their tiles, not by their bytes.
 */
final class Worst {
    private static final int BYTES_PER_TOKEN = 2;
    /** A picture of 2048 by 2048 pixels, in Anthropic's and OpenAI's own formulas about 1600 and 1100. */
    private static final int PICTURE = 2000;
    /** What is reserved for an answer whose client names no limit. */
    private static final long UNLIMITED = 8192;

    private Worst() {}

    /** @param body the request as it goes to the cloud */
    static long input(Asked asked, byte[] body) {
        long bytes = body.length;
        long pictures = 0;
        for (Turn turn : asked.turns()) {
            for (Turn.Picture picture : turn.pictures()) {
                bytes -= picture.base64().length();
                pictures++;
            }
        }
        return Math.max(0, bytes) / BYTES_PER_TOKEN + 1 + pictures * PICTURE;
    }

    static long output(Asked asked) {
        Double limit = asked.options().get(Setting.LIMIT);
        return limit == null ? UNLIMITED : (long) Math.ceil(limit);
    }
}
