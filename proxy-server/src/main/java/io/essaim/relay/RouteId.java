package io.essaim.relay;

import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.concurrent.atomic.AtomicLong;

/** Names one request in answers, logs and explanations: unique in this process, unlikely to repeat in another. */
record RouteId(long process, long number) {
    private static final long PROCESS = new SecureRandom().nextLong();
    private static final AtomicLong NEXT = new AtomicLong();
    private static final HexFormat HEX = HexFormat.of();

    static RouteId next() {
        return new RouteId(PROCESS, NEXT.incrementAndGet());
    }

    /** 24 hexadecimal digits, as long as Ollama's own request ids. */
    @Override
    public String toString() {
        return HEX.toHexDigits(process, 14) + HEX.toHexDigits(number, 10);
    }
}
