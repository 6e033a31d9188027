package io.essaim.benchmarks.translate;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Chats in OpenAI's words. */
enum Bodies {
    /** As many messages as fit, of one letter each. */
    SHORT {
        @Override
        byte[] of(int bytes) {
            return messages(bytes, "a", Integer.MAX_VALUE);
        }
    },
    /** As many messages as a cloud is asked with at most. */
    MANY {
        @Override
        byte[] of(int bytes) {
            return messages(bytes, "word ".repeat(Math.max(1, (bytes / MOST - 30) / 5)), MOST);
        }
    },
    /** One message. */
    ONE {
        @Override
        byte[] of(int bytes) {
            return messages(bytes, "word ".repeat(bytes / 5), 1);
        }
    };

    private static final int MOST = 99_000;

    /** @param bytes about how long */
    abstract byte[] of(int bytes);

    private static byte[] messages(int bytes, String text, int most) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(bytes + 128);
        byte[] message = ("{\"role\":\"user\",\"content\":\"" + text + "\"}").getBytes(StandardCharsets.UTF_8);
        out.writeBytes("{\"model\":\"llama3.2\",\"messages\":[".getBytes(StandardCharsets.UTF_8));
        for (int i = 0; i < most && (i == 0 || out.size() + message.length < bytes); i++) {
            if (i > 0) {
                out.write(',');
            }
            out.writeBytes(message);
        }
        out.writeBytes("]}".getBytes(StandardCharsets.UTF_8));
        return out.toByteArray();
    }
}
