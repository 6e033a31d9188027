package io.essaim.dialect;

/** Pictures in base64. */
final class Images {
    private static final String DATA = "data:";

    private static final int LONGEST_PREFIX = 256;

    private Images() {}

    /** A picture without a stated type, as Ollama takes them: the type is read from the first bytes. */
    static ChatMessage.Picture of(JsonText base64) throws InvalidRequest {
        JsonText plain = plain(base64);
        int bad = firstBad(plain, 0);
        if (bad >= 0) {
            throw new InvalidRequest("illegal base64 data at input byte " + bad);
        }
        return new ChatMessage.Picture(mediaType(start(plain, 5)), plain);
    }

    /** A picture of a {@code data:} URL. */
    static ChatMessage.Picture ofUrl(JsonText given) throws InvalidRequest {
        JsonText url = plain(given);
        String start = start(url, LONGEST_PREFIX);
        if (start.startsWith("http://") || start.startsWith("https://")) {
            throw new InvalidRequest("image URLs are not currently supported, please use base64 encoded data instead");
        }
        int comma = start.indexOf(",");
        if (!start.startsWith(DATA + "image/") || comma < 0 || !start.startsWith(";base64", comma - 7)) {
            throw new InvalidRequest("invalid image input");
        }
        if (firstBad(url, comma + 1) >= 0) {
            throw new InvalidRequest("invalid image input");
        }
        String type = start.substring(DATA.length(), start.indexOf(';'));
        return new ChatMessage.Picture(type, url.from(comma + 1));
    }

    static void writeUrl(ChatMessage.Picture picture, JsonWriter out) {
        out.quote().piece(DATA);
        JsonText.of(picture.mediaType()).write(out);
        out.piece(";base64,");
        picture.base64().write(out);
        out.unquote();
    }

    /** Base64 has nothing to escape, but some writers escape its slashes. */
    private static JsonText plain(JsonText base64) {
        return base64.escapes() ? new JsonText(base64.utf8()) : base64;
    }

    private static String start(JsonText text, int length) {
        return text.upTo(Math.min(length, text.length())).toString();
    }

    private static String mediaType(String start) {
        return start.startsWith("/9j/")
                ? "image/jpeg"
                : start.startsWith("R0lG") ? "image/gif" : start.startsWith("UklGR") ? "image/webp" : "image/png";
    }

    private static int firstBad(JsonText text, int from) {
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
