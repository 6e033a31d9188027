package io.essaim.admin;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/**
 * The page that shows the status: one file for the browser, made of three, without anything from elsewhere.
 *
 * @param html the whole page
 * @param policy its Content-Security-Policy: this style and this script by their hashes, questions to this very server, and
 *     nothing else; nobody may show it in a frame
 */
record StatusPage(String html, String policy) {
    /** @throws IllegalStateException when the files are not where this class is */
    static StatusPage load() {
        String style = resource("page.css");
        String script = resource("page.js");
        String policy = "default-src 'none'; script-src " + source(script) + "; style-src " + source(style)
                + "; img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        return new StatusPage(resource("page.html").replace("{style}", style).replace("{script}", script), policy);
    }

    private static String resource(String name) {
        try (InputStream in = StatusPage.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("the jar lacks " + name);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** How the policy names an inline text (CSP 3, 2.3.1: hash-source). */
    private static String source(String text) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return "'sha256-" + Base64.getEncoder().encodeToString(hash) + "'";
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // Every JVM has it.
        }
    }
}
