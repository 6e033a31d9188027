package io.essaim.dialect;

/** Pictures in base64. */
final class Pictures {
    private static final String DATA = "data:";

    private Pictures() {}

    /** A picture without a stated type, as Ollama takes them: the type is read from the first bytes. */
    static Turn.Picture of(String base64) throws Refused {
        int bad = firstBad(base64);
        if (bad >= 0) {
            throw new Refused("illegal base64 data at input byte " + bad);
        }
        return new Turn.Picture(mediaType(base64), base64);
    }

    /** A picture of a {@code data:} URL. */
    static Turn.Picture ofUrl(String url) throws Refused {
        if (url.startsWith("http://") || url.startsWith("https://")) {
            throw new Refused("image URLs are not currently supported, please use base64 encoded data instead");
        }
        int comma = url.indexOf(",");
        if (!url.startsWith(DATA + "image/") || comma < 0 || !url.startsWith(";base64", comma - 7)) {
            throw new Refused("invalid image input");
        }
        String base64 = url.substring(comma + 1);
        if (firstBad(base64) >= 0) {
            throw new Refused("invalid image input");
        }
        String type = url.substring(DATA.length(), url.indexOf(';'));
        return new Turn.Picture(type, base64);
    }

    static String url(Turn.Picture picture) {
        return DATA + picture.mediaType() + ";base64," + picture.base64();
    }

    private static String mediaType(String base64) {
        return base64.startsWith("/9j/")
                ? "image/jpeg"
                : base64.startsWith("R0lG") ? "image/gif" : base64.startsWith("UklGR") ? "image/webp" : "image/png";
    }

    private static int firstBad(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean digit = c < 0x80 && Character.isLetterOrDigit(c) || c == '+' || c == '/';
            if (!digit && !(c == '=' && i >= text.length() - 2)) {
                return i;
            }
        }
        return -1;
    }
}
