package io.essaim.dialect;

/** Pictures in base64. */
final class Pictures {
    private static final String DATA = "data:";

    private static final int LONGEST_PREFIX = 256;

    private Pictures() {}

    /** A picture without a stated type, as Ollama takes them: the type is read from the first bytes. */
    static Turn.Picture of(Text base64) throws Refused {
        Text plain = plain(base64);
        int bad = firstBad(plain, 0);
        if (bad >= 0) {
            throw new Refused("illegal base64 data at input byte " + bad);
        }
        return new Turn.Picture(mediaType(start(plain, 5)), plain);
    }

    /** A picture of a {@code data:} URL. */
    static Turn.Picture ofUrl(Text given) throws Refused {
        Text url = plain(given);
        String start = start(url, LONGEST_PREFIX);
        if (start.startsWith("http://") || start.startsWith("https://")) {
            throw new Refused("image URLs are not currently supported, please use base64 encoded data instead");
        }
        int comma = start.indexOf(",");
        if (!start.startsWith(DATA + "image/") || comma < 0 || !start.startsWith(";base64", comma - 7)) {
            throw new Refused("invalid image input");
        }
        if (firstBad(url, comma + 1) >= 0) {
            throw new Refused("invalid image input");
        }
        String type = start.substring(DATA.length(), start.indexOf(';'));
        return new Turn.Picture(type, url.from(comma + 1));
    }

    static void writeUrl(Turn.Picture picture, JsonOut out) {
        out.quote().piece(DATA);
        Text.of(picture.mediaType()).write(out);
        out.piece(";base64,");
        picture.base64().write(out);
        out.unquote();
    }

    /** Base64 has nothing to escape, but some writers escape its slashes. */
    private static Text plain(Text base64) {
        return base64.escapes() ? new Text(base64.utf8()) : base64;
    }

    private static String start(Text text, int length) {
        return text.upTo(Math.min(length, text.length())).toString();
    }

    private static String mediaType(String start) {
        return start.startsWith("/9j/")
                ? "image/jpeg"
                : start.startsWith("R0lG") ? "image/gif" : start.startsWith("UklGR") ? "image/webp" : "image/png";
    }

    private static int firstBad(Text text, int from) {
        for (int i = from; i < text.length(); i++) {
            byte c = text.at(i);
            boolean digit = c >= 0 && Character.isLetterOrDigit(c) || c == '+' || c == '/';
            if (!digit && !(c == '=' && i >= text.length() - 2)) {
                return i;
            }
        }
        return -1;
    }
}
