package io.essaim.cli;

import io.essaim.cert.Authority;
import io.essaim.config.HostName;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code essaim cert}: a certificate for clients, signed by an authority of one's own. */
@Command(
        name = "cert",
        description = {
            "Make a certificate for listen.tls, signed by a local authority that is made too if it is not there.",
            "The same command again renews the certificate; a running proxy takes it over."
        },
        mixinStandardHelpOptions = true)
final class CertCommand implements Callable<Integer> {
    /** What some clients accept at most, also of authorities that their user has added. */
    private static final int MOST_DAYS = 825;

    @Option(
            names = "--host",
            required = true,
            paramLabel = "NAME",
            description = "a name or an address of the proxy as clients write it; may be repeated")
    private List<String> hosts = new ArrayList<>();

    @Option(
            names = "--out",
            paramLabel = "DIR",
            defaultValue = "certs",
            description = "where the files are (default: ${DEFAULT-VALUE})")
    private Path out = Path.of("certs");

    @Option(
            names = "--days",
            paramLabel = "N",
            defaultValue = "397",
            description = "how long the certificate holds, 1 to 825 (default: ${DEFAULT-VALUE})")
    private int days;

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws Main.Complaint, GeneralSecurityException {
        if (days < 1 || days > MOST_DAYS) {
            throw new Main.Complaint("--days " + days + ": 1 to " + MOST_DAYS + ", more is refused by some clients");
        }
        List<String> names = new ArrayList<>();
        for (String host : hosts) {
            if (!HostName.isValid(host)) {
                throw new Main.Complaint("--host " + host + ": not a host name or IP address");
            }
            names.add(host.toLowerCase(Locale.ROOT));
        }
        CertFiles files = new CertFiles(out);
        Instant now = Instant.now();
        Authority found = files.authority();
        if (found != null && now.isAfter(found.certificate().getNotAfter().toInstant())) {
            throw new Main.Complaint(files.ca() + " has ended: choose another directory with --out");
        }
        Authority authority = found == null ? Authority.make(now) : found;
        Authority.Signed made = authority.sign(names, now, Duration.ofDays(days));
        try {
            Files.createDirectories(out);
            if (found == null) {
                files.write(authority);
            }
            files.write(made);
        } catch (IOException e) {
            throw new Main.Complaint(out + ": cannot be written: " + e.getMessage());
        }
        say(files, names, made, found == null);
        return 0;
    }

    private void say(CertFiles files, List<String> names, Authority.Signed made, boolean fresh) {
        PrintWriter to = Objects.requireNonNull(spec).commandLine().getOut();
        to.println("certificate for  " + String.join(", ", names) + ", until "
                + made.certificate().getNotAfter().toInstant());
        to.println("for the rules    \"listen\": { \"tls\": { \"cert\": \"" + files.server() + "\", \"key\": \""
                + files.serverKey() + "\" } }");
        to.println("                 (paths begin at the directory of the rules file)");
        to.println("for clients      " + files.ca() + (fresh ? ", new" : ", as before") + ", is whom they must trust:");
        to.println("  curl           curl --cacert " + files.ca() + " https://" + url(names.get(0))
                + ":11434/api/version");
        to.println("  Node.js        NODE_EXTRA_CA_CERTS=" + files.ca());
        to.println("  Python         SSL_CERT_FILE=" + files.ca() + ", with requests REQUESTS_CA_BUNDLE=" + files.ca());
        to.println("  Debian         cp " + files.ca()
                + " /usr/local/share/ca-certificates/essaim.crt && update-ca-certificates");
        to.println("Whoever has " + files.caKey() + " can pretend to be any server to them: move it to a safe place.");
        to.println("It is needed again only to renew; the same command does that, and a running proxy takes it over.");
        to.flush();
    }

    private static String url(String host) {
        return host.indexOf(':') < 0 ? host : "[" + host + "]";
    }
}
