package io.essaim.simulator;

import java.security.MessageDigest;
import java.util.HexFormat;

/** An upload to {@code /api/blobs/:digest}: hashed as it comes, kept as length and kind only. */
final class BlobUpload implements HttpFront.Body {
    private static final byte[] MAGIC = {'G', 'G', 'U', 'F'};

    private final Host host;
    private final Exchange exchange;
    private final String digest;
    private final MessageDigest hash = Ids.digest();
    private long size;
    private boolean gguf = true;

    BlobUpload(Host host, Exchange exchange, String digest) {
        this.host = host;
        this.exchange = exchange;
        this.digest = digest.replaceFirst("^sha256-", "sha256:");
    }

    @Override
    public void add(byte[] bytes) {
        for (int i = 0; i < bytes.length && size + i < MAGIC.length; i++) {
            gguf &= bytes[i] == MAGIC[(int) size + i];
        }
        size += bytes.length;
        hash.update(bytes);
    }

    @Override
    public void complete() {
        String actual = "sha256:" + HexFormat.of().formatHex(hash.digest());
        if (!actual.equals(digest)) {
            exchange.refuse(new Refusal(400, "digest mismatch, expected \"" + digest + "\", got \"" + actual + "\""));
            return;
        }
        host.library().putBlob(digest, new Library.Blob(size, gguf && size >= MAGIC.length));
        exchange.whole(201, null, "");
    }
}
