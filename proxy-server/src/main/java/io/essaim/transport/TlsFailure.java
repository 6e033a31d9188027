package io.essaim.transport;

import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** The reason why TLS with a server failed, as a sentence. */
public final class TlsFailure {
    private static final int DEEPEST = 20;

    private TlsFailure() {}

    /** A clause about the server, such as "its certificate is for another host"; null when TLS had nothing to do with it. */
    public static @Nullable String reason(@Nullable Throwable broken) {
        List<Throwable> causes = new ArrayList<>();
        for (Throwable cause = broken; cause != null && causes.size() < DEEPEST; cause = cause.getCause()) {
            causes.add(cause);
        }
        Optional<Throwable> pin = first(causes, PinnedTrust.NotPinned.class);
        if (pin.isPresent()) {
            return pin.get().getMessage();
        }
        if (first(causes, CertificateExpiredException.class).isPresent()
                || first(causes, CertificateNotYetValidException.class).isPresent()) {
            return "its certificate does not hold at this time of the calendar";
        }
        if (first(causes, CertPathBuilderException.class).isPresent()
                || first(causes, CertPathValidatorException.class).isPresent()) {
            return "its certificate is signed by nobody who is trusted here (tls.ca names others)";
        }
        Optional<Throwable> certificate = first(causes, CertificateException.class);
        if (certificate.isPresent()) {
            return "its certificate is not for this host: " + certificate.get().getMessage();
        }
        return first(causes, SSLException.class)
                .map(cause -> "TLS did not come about: " + cause.getMessage())
                .orElse(null);
    }

    private static Optional<Throwable> first(List<Throwable> causes, Class<? extends Throwable> kind) {
        return causes.stream().filter(kind::isInstance).findFirst();
    }
}
