package io.essaim.transport;

import io.essaim.config.SpkiPin;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Accepts of the certificates that another one accepts, by chain and host name, only those with a pinned key. A key counts if it is
 * the server's or one that signed for it: servers may send certificates besides, which prove nothing (RFC 7469 section 2.6). Immutable;
 * any thread.
 */
final class PinnedTrust extends X509ExtendedTrustManager {
    private static final int LONGEST_CHAIN = 16;

    private final X509ExtendedTrustManager verifier;
    private final Set<SpkiPin> pins;

    /** No certificate of the chain has a pinned key. */
    static final class NotPinned extends CertificateException {
        private static final long serialVersionUID = 1L;

        NotPinned(SpkiPin found) {
            super("its certificate has not the pinned key (tls.pin): its key is " + found);
        }
    }

    PinnedTrust(X509ExtendedTrustManager verifier, List<SpkiPin> pins) {
        this.verifier = verifier;
        this.pins = Set.copyOf(pins);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        verifier.checkServerTrusted(chain, authType, engine);
        checkPins(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        verifier.checkServerTrusted(chain, authType, socket);
        checkPins(chain);
    }

    /** Without a connection the host's name is not known, and is not verified: nothing may pass here. */
    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        throw new CertificateException("the host's name is not known");
    }

    private void checkPins(X509Certificate[] chain) throws CertificateException {
        for (X509Certificate one : signers(chain)) {
            if (pins.contains(pin(one))) {
                return;
            }
        }
        throw new NotPinned(pin(chain[0]));
    }

    private static SpkiPin pin(X509Certificate certificate) {
        return SpkiPin.of(certificate.getPublicKey().getEncoded());
    }

    /** The server's certificate and those that vouch for it, one for the other. */
    private List<X509Certificate> signers(X509Certificate[] chain) {
        List<X509Certificate> signers = new ArrayList<>(List.of(chain[0]));
        List<X509Certificate> known = new ArrayList<>(Arrays.asList(chain));
        known.addAll(Arrays.asList(verifier.getAcceptedIssuers()));
        X509Certificate next = issuer(chain[0], known);
        while (next != null && !signers.contains(next) && signers.size() < LONGEST_CHAIN) {
            signers.add(next);
            next = issuer(next, known);
        }
        return signers;
    }

    private static @Nullable X509Certificate issuer(X509Certificate of, List<X509Certificate> known) {
        return known.stream()
                .filter(one -> one.getSubjectX500Principal().equals(of.getIssuerX500Principal()))
                .filter(one -> one.getBasicConstraints() >= 0 && signed(one, of))
                .findFirst()
                .orElse(null);
    }

    private static boolean signed(X509Certificate issuer, X509Certificate subject) {
        try {
            subject.verify(issuer.getPublicKey());
            return true;
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return verifier.getAcceptedIssuers();
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        verifier.checkClientTrusted(chain, authType);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        verifier.checkClientTrusted(chain, authType, socket);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        verifier.checkClientTrusted(chain, authType, engine);
    }
}
