package io.essaim.testing;

import java.io.FileInputStream;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/** Two authorities and servers that one of them signed for, made anew by the JDK's keytool. */
public final class Certificates {
    private static final char[] PASSWORD = "only-for-this-test".toCharArray();

    private final Path directory;
    private final Path store;

    private Certificates(Path directory) {
        this.directory = directory;
        this.store = directory.resolve("made.p12");
    }

    /** {@code ours} and {@code other} are authorities; {@code host} is for localhost, {@code elsewhere} for another name. */
    public static Certificates make(Path directory) throws Exception {
        Certificates made = new Certificates(directory);
        made.key("ours", "-ext", "bc:c");
        made.key("other", "-ext", "bc:c");
        made.key("host", "-signer", "ours", "-ext", "san=dns:localhost,ip:127.0.0.1");
        made.key("elsewhere", "-signer", "ours", "-ext", "san=dns:elsewhere.example");
        return made;
    }

    private void key(String name, String... more) throws Exception {
        Process made = new ProcessBuilder(command(name, more))
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve(name + ".log").toFile())
                .start();
        if (!made.waitFor(60, TimeUnit.SECONDS) || made.exitValue() != 0) {
            throw new IllegalStateException(Files.readString(directory.resolve(name + ".log")));
        }
    }

    private List<String> command(String name, String... more) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                name,
                "-dname",
                "CN=" + name,
                "-keyalg",
                "EC",
                "-validity",
                "2",
                "-keystore",
                store.toString(),
                "-storepass",
                new String(PASSWORD)));
        command.addAll(List.of(more));
        return command;
    }

    private KeyStore load() throws Exception {
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = new FileInputStream(store.toFile())) {
            keys.load(in, PASSWORD);
        }
        return keys;
    }

    /** A PEM file with these certificates. */
    public Path pem(String... names) throws Exception {
        StringBuilder text = new StringBuilder();
        for (String name : names) {
            text.append("-----BEGIN CERTIFICATE-----\n")
                    .append(Base64.getMimeEncoder()
                            .encodeToString(load().getCertificate(name).getEncoded()))
                    .append("\n-----END CERTIFICATE-----\n");
        }
        return Files.writeString(directory.resolve(String.join("-", names) + ".pem"), text);
    }

    /** The pin of a certificate's key. */
    public String pin(String name) throws Exception {
        byte[] key = load().getCertificate(name).getPublicKey().getEncoded();
        return "sha256/"
                + Base64.getEncoder()
                        .encodeToString(MessageDigest.getInstance("SHA-256").digest(key));
    }

    /** TLS of a server with a certificate of {@code ours}, which sends these others besides. */
    public SSLContext server(String name, String... besides) throws Exception {
        KeyStore all = load();
        Certificate[] chain = new Certificate[2 + besides.length];
        chain[0] = all.getCertificate(name);
        chain[1] = all.getCertificate("ours");
        for (int i = 0; i < besides.length; i++) {
            chain[2 + i] = all.getCertificate(besides[i]);
        }
        KeyStore one = KeyStore.getInstance("JKS"); // It takes a chain as it is.
        one.load(null, null);
        one.setKeyEntry("key", (PrivateKey) all.getKey(name, PASSWORD), PASSWORD, chain);
        KeyManagerFactory keys = KeyManagerFactory.getInstance("SunX509");
        keys.init(one, PASSWORD);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), null, null);
        return context;
    }
}
