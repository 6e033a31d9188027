package io.essaim.http;

import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads request heads: the strict gate before anything is understood. What a codec would repair is refused here, because
 * the backend may repair it differently. Policy beyond RFC 9112: one Host, one framing field, {@code Transfer-Encoding}
 * only as the single word chunked, no list and no sign in {@code Content-Length}, no tunnels.
 */
public final class RequestReader extends HeadReader {
    private static final int LONGEST_LINE = 8192;
    private static final int LONGEST_HEAD = 64 * 1024;
    private static final int MOST_FIELDS = 100;
    private static final int MOST_HOPS = 16;
    private static final Set<String> METHODS =
            Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE");
    /** Our own name in {@code Via}: a request that carries it has been here before. */
    public static final String PSEUDONYM = "essaim";

    private String method = "";
    private String target = "";
    private boolean http10;

    public RequestReader() {
        super(LONGEST_LINE, LONGEST_HEAD, MOST_FIELDS);
    }

    @Override
    void startLine(String line) throws BadMessage {
        int first = line.indexOf(' ');
        int last = line.lastIndexOf(' ');
        if (first <= 0 || last == first || last != line.indexOf(' ', first + 1)) {
            throw new BadMessage(400, "the request line is not METHOD SP TARGET SP VERSION");
        }
        method = line.substring(0, first);
        target = line.substring(first + 1, last);
        version(line.substring(last + 1));
        for (int i = 0; i < method.length(); i++) {
            if (method.charAt(i) > 0x7f || !token((byte) method.charAt(i))) {
                throw new BadMessage(400, "the method is not a token");
            }
        }
        if (target.isEmpty()) {
            throw new BadMessage(400, "the request line has no target");
        }
    }

    private void version(String version) throws BadMessage {
        switch (version) {
            case "HTTP/1.1" -> http10 = false;
            case "HTTP/1.0" -> http10 = true;
            default -> {
                boolean http = version.matches("HTTP/[0-9]\\.[0-9]");
                throw new BadMessage(http ? 505 : 400, "only HTTP/1.1 and HTTP/1.0 are spoken here");
            }
        }
    }

    @Override
    int tooLong(boolean startLine) {
        return startLine ? 414 : 431;
    }

    /** The request whose head was just read; to be called once after {@link #read} returned true, before reset. */
    public Request request() throws BadMessage {
        if (!METHODS.contains(method)) {
            throw new BadMessage(501, "the method " + method + " is not known");
        }
        String host = host();
        RequestTarget parsed = RequestTarget.parse(method, target, host);
        long length = length();
        if (!http10 && host == null) {
            throw new BadMessage(400, "missing required Host header");
        }
        loop();
        boolean close = head.lists("connection", "close");
        boolean keepAlive = http10 ? head.lists("connection", "keep-alive") && !close : !close;
        return new Request(
                method, parsed.path(), parsed.query(), host, length, keepAlive, http10, expectsContinue(), head);
    }

    private @Nullable String host() throws BadMessage {
        int n = head.count("host");
        if (n > 1) {
            throw new BadMessage(400, "more than one Host field");
        }
        String value = head.first("host");
        if (value == null) {
            return null;
        }
        if (!RequestTarget.isAuthority(value)) {
            throw new BadMessage(400, "the Host field is not a host");
        }
        return value.toLowerCase(Locale.ROOT);
    }

    private long length() throws BadMessage {
        int lengths = head.count("content-length");
        int encodings = head.count("transfer-encoding");
        if (encodings > 0) {
            String encoding = String.valueOf(head.first("transfer-encoding"));
            if (http10 || lengths > 0 || encodings > 1) {
                throw new BadMessage(400, "Transfer-Encoding with another framing");
            }
            if (!encoding.equalsIgnoreCase("chunked")) {
                throw new BadMessage(501, "Transfer-Encoding may only be chunked");
            }
            return -1;
        }
        if (lengths == 0) {
            return 0;
        }
        long length = parseLength(String.valueOf(head.first("content-length")));
        if (lengths > 1 || length < 0) {
            throw new BadMessage(400, "Content-Length is not one number");
        }
        return length;
    }

    /** 1 to 18 digits and nothing else, as a number; -1 otherwise. */
    static long parseLength(String value) {
        if (value.isEmpty() || value.length() > 18) {
            return value.matches("[0-9]+") ? Long.MAX_VALUE : -1;
        }
        long length = 0;
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c < '0' || c > '9') {
                return -1;
            }
            length = length * 10 + (c - '0');
        }
        return length;
    }

    private void loop() throws BadMessage {
        int hops = 0;
        for (int i = 0; i < head.size(); i++) {
            if (head.name(i).equals("via")) {
                for (String hop : head.value(i).split(",", -1)) {
                    hops++;
                    if (hops > MOST_HOPS || hop.strip().endsWith(" " + PSEUDONYM)) {
                        throw new BadMessage(400, "the request has been here before (Via)");
                    }
                }
            }
        }
    }

    private boolean expectsContinue() throws BadMessage {
        String expect = head.first("expect");
        if (expect == null) {
            return false;
        }
        if (!expect.equalsIgnoreCase("100-continue") || head.count("expect") > 1) {
            throw new BadMessage(417, "only 100-continue can be expected");
        }
        return !http10 && length() != 0;
    }
}
