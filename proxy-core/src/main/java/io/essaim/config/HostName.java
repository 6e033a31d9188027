package io.essaim.config;

import java.util.regex.Pattern;

/** Names and addresses of hosts, without port and brackets (RFC 1123 2.1). */
public final class HostName {
    private static final Pattern NAME = Pattern.compile(
            "(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*");
    private static final Pattern LOOKS_LIKE_IPV4 = Pattern.compile("[0-9.]+");

    private HostName() {}

    /** Whether this can be the name of a host or is an address. */
    public static boolean isValid(String text) {
        if (IpLiteral.parse(text).isPresent()) {
            return true;
        }
        return NAME.matcher(text).matches() && !LOOKS_LIKE_IPV4.matcher(text).matches();
    }
}
