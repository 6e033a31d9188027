package io.essaim.config;

/**
 * How far an agent's requests may go: {@code host} is nearer than {@code lan}, and that nearer than every cloud. A named cloud such as
 * {@code cloud-eu} holds those whose names go on from it ({@code cloud-eu-fr}) and no others; {@code cloud} holds all.
 *
 * @param name {@code host}, {@code lan}, {@code cloud} or {@code cloud-xx}
 */
public record Zone(String name) {
    /** What a zone can be called. */
    static final java.util.regex.Pattern FORM = java.util.regex.Pattern.compile("host|lan|cloud(-[a-z0-9]+)*");

    /** Where the models are that a host has from elsewhere; in which country, nobody knows. */
    private static final String REMOTE = "cloud";

    private static final String HOST = "host";
    private static final String LAN = "lan";

    /** Whether a backend in {@code zone} is near enough. */
    public boolean admits(String zone) {
        return switch (zone) {
            case HOST -> true;
            case LAN -> !name.equals(HOST);
            default -> zone.equals(name) || zone.startsWith(name + "-");
        };
    }

    /** Whether a model may be used that a host hands prompts on for. */
    public boolean admitsRemote() {
        return admits(REMOTE);
    }

    @Override
    public String toString() {
        return name;
    }
}
