package io.essaim.http;

import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.concurrent.atomic.AtomicLong;

/** The name of one request in answers, logs and traces: unique in this process, unlikely to repeat in another. */
public record RouteId(String text) {
    private static final HexFormat HEX = HexFormat.of();
    private static final String PROCESS = HEX.toHexDigits(new SecureRandom().nextLong(), 14);
    private static final AtomicLong NEXT = new AtomicLong();

    public static RouteId next() {
        return new RouteId(PROCESS + HEX.toHexDigits(NEXT.incrementAndGet(), 10));
    }

    /** 24 hexadecimal digits, as long as Ollama's own request ids. */
    @Override
    public String toString() {
        return text;
    }
}
