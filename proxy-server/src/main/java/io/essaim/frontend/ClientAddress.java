package io.essaim.frontend;

import io.essaim.config.IpLiteral;
import io.essaim.config.Listen;
import io.essaim.http.BadMessage;
import io.essaim.http.Head;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The address that a request comes from. If the peer is in {@code listen.trust}, the address is what the peer reports:
 * each proxy adds the address it forwards for at the right end of {@code X-Forwarded-For} or {@code Forwarded} (RFC
 * 7239), so the list is walked from there as long as the address just found is trusted. Entries farther left were
 * written by somebody who is not trusted, and are ignored, as is everything that an untrusted peer reports.
 *
 * <p>Where an address is needed and there is none ({@code unknown}, an obfuscated name, an unreadable list), the
 * request is refused: the proxy's own address would give its rights to an unknown client. Where both fields are
 * present they must agree, because a proxy writes one and hands on the other unchanged.
 */
final class ClientAddress {
    private static final String ELSEWHERE = "x-forwarded-for";
    private static final String STANDARD = "forwarded";

    private ClientAddress() {}

    /**
     * Who sends the request with this head.
     *
     * @throws BadMessage 400 when a trusted proxy does not say it, or says two things
     */
    static InetAddress of(InetAddress peer, Head head, Listen listen) throws BadMessage {
        if (!listen.trusts(peer)) {
            return peer;
        }
        InetAddress one = head.count(ELSEWHERE) == 0 ? null : walk(peer, elsewhere(head), listen, "X-Forwarded-For");
        InetAddress other = head.count(STANDARD) == 0 ? null : walk(peer, standard(head), listen, "Forwarded");
        if (one != null && other != null && !one.equals(other)) {
            throw new BadMessage(
                    400,
                    "X-Forwarded-For and Forwarded name different clients: the proxy in front must"
                            + " write one of them and remove the other");
        }
        return one != null ? one : other != null ? other : peer;
    }

    private static InetAddress walk(InetAddress peer, List<String> hops, Listen listen, String field)
            throws BadMessage {
        InetAddress client = peer;
        for (int i = hops.size() - 1; i >= 0 && listen.trusts(client); i--) {
            client = address(hops.get(i))
                    .orElseThrow(() -> new BadMessage(
                            400, "the proxy in front does not say who its client is: no address in " + field));
        }
        return client;
    }

    /** The entries of all lines, first to last; empty ones are none (RFC 9110 5.6.1). */
    private static List<String> elsewhere(Head head) {
        List<String> hops = new ArrayList<>();
        for (int i = 0; i < head.size(); i++) {
            if (head.name(i).equals(ELSEWHERE)) {
                for (String hop : head.value(i).split(",", -1)) {
                    if (!hop.isBlank()) {
                        hops.add(unquoted(hop.strip()));
                    }
                }
            }
        }
        return hops;
    }

    private static String unquoted(String hop) {
        boolean quoted = hop.length() >= 2 && hop.startsWith("\"") && hop.endsWith("\"");
        return quoted ? hop.substring(1, hop.length() - 1) : hop;
    }

    /** What each element says of {@code for}; empty for one that does not. */
    private static List<String> standard(Head head) throws BadMessage {
        List<String> hops = new ArrayList<>();
        for (int i = 0; i < head.size(); i++) {
            if (head.name(i).equals(STANDARD)) {
                new Elements(head.value(i)).addTo(hops);
            }
        }
        return hops;
    }

    /** An address as both fields have it: alone, with a port, IPv6 perhaps or (with a port) certainly in brackets. */
    private static Optional<InetAddress> address(String node) {
        if (node.startsWith("[")) {
            int end = node.indexOf(']');
            boolean good = end > 0 && node.lastIndexOf(':', end) > 0 && port(node.substring(end + 1));
            return good ? IpLiteral.address(node.substring(1, end)) : Optional.empty();
        }
        int colon = node.indexOf(':');
        if (colon >= 0 && colon == node.lastIndexOf(':')) {
            return port(node.substring(colon)) ? IpLiteral.address(node.substring(0, colon)) : Optional.empty();
        }
        return IpLiteral.address(node);
    }

    /** Nothing, or a colon and a port, which may be a made-up name (RFC 7239 6.3). */
    private static boolean port(String text) {
        if (text.isEmpty()) {
            return true;
        }
        String name = text.substring(1);
        boolean digits = !name.isEmpty() && name.length() <= 5 && name.chars().allMatch(c -> c >= '0' && c <= '9');
        return text.charAt(0) == ':' && (digits || name.length() > 1 && name.charAt(0) == '_');
    }

    /**
     * Reads one line of {@code Forwarded}: elements with commas between, of pairs with semicolons between. From the left, because
     * only so it is certain what is within quotes; a quote that somebody left open makes the line unreadable.
     */
    private static final class Elements {
        private final String line;
        private int at;

        Elements(String line) {
            this.line = line;
        }

        void addTo(List<String> hops) throws BadMessage {
            boolean more = true;
            while (more) {
                more = element(hops);
            }
        }

        /** Reads one element; whether another follows. */
        private boolean element(List<String> hops) throws BadMessage {
            String hop = null;
            boolean something = false;
            while (true) {
                skipBlanks();
                String name = upTo("=;,");
                if (at < line.length() && line.charAt(at) == '=') {
                    at++;
                    String value = value();
                    something = true;
                    if (name.equalsIgnoreCase("for")) {
                        if (hop != null) {
                            throw unreadable();
                        }
                        hop = value;
                    }
                    skipBlanks();
                } else if (!name.isBlank()) {
                    throw unreadable();
                }
                boolean over = at == line.length();
                if (over || line.charAt(at) == ',') {
                    at++;
                    add(hop, something, hops);
                    return !over;
                }
                if (line.charAt(at) != ';') {
                    throw unreadable();
                }
                at++;
            }
        }

        private static void add(@Nullable String hop, boolean something, List<String> hops) {
            if (hop != null || something) {
                hops.add(hop == null ? "" : hop);
            }
        }

        private String value() throws BadMessage {
            if (at < line.length() && line.charAt(at) == '"') {
                return quoted();
            }
            return upTo(";, \t\"");
        }

        private String quoted() throws BadMessage {
            StringBuilder value = new StringBuilder();
            for (at++; at < line.length(); at++) {
                char c = line.charAt(at);
                if (c == '"') {
                    at++;
                    return value.toString();
                }
                if (c == '\\' && at + 1 < line.length()) {
                    at++;
                }
                value.append(line.charAt(at));
            }
            throw unreadable();
        }

        private String upTo(String ends) {
            int from = at;
            while (at < line.length() && ends.indexOf(line.charAt(at)) < 0) {
                at++;
            }
            return line.substring(from, at);
        }

        private void skipBlanks() {
            while (at < line.length() && (line.charAt(at) == ' ' || line.charAt(at) == '\t')) {
                at++;
            }
        }

        private static BadMessage unreadable() {
            return new BadMessage(400, "the field Forwarded of the proxy in front cannot be read");
        }
    }
}
