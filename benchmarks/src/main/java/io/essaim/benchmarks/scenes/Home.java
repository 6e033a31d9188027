package io.essaim.benchmarks.scenes;

import io.essaim.config.InvalidRules;
import io.essaim.config.RulesLoader;
import io.essaim.server.CannotListen;
import io.essaim.server.EssaimServer;
import io.essaim.server.EssaimServer.Options;
import io.essaim.simulator.HostProfile;
import io.essaim.simulator.SimulatedHost;
import io.essaim.transport.TlsFault;
import io.essaim.transport.Transport;
import java.nio.charset.StandardCharsets;

/**
 * dev2 with the Raspberry Pi as its standby and a cloud for the agent {@code main}, ten times as fast as they are, behind a proxy
 * in this process; all on loopback.
 */
final class Home implements AutoCloseable {
    /** How many times faster than their profile the hosts are. */
    static final double TIME_SCALE = 10;

    static final String MODEL = "llama3.2:1b";
    private static final String LOOPBACK = "127.0.0.1";
    /** The gate is in seconds of hosts that are not sped up, since that is what these say of themselves. */
    private static final String RULES = """
            { "listen": { "port": 0 }, "admin": { "port": 0 },
              "backends": { "dev2": { "url": "%s", "slots": 4 },
                            "pi": { "url": "%s", "slots": 1, "speed": { "machine": "small-board" } },
                            "cloud": { "url": "%s/v1", "dialect": "openai" } },
              "routes": [{ "models": ["*"], "tiers": [["dev2"], [{ "backend": "pi", "model": "%s", "resident": true }]] }],
              "agents": { "local": {}, "greedy": {}, "ant": {}, "bee": {}, "cat": {}, "dog": {}, "hedged": { "hedge": true },
                          "main": { "cloud": [{ "backend": "cloud", "model": "gemini-2.5-flash" }],
                                    "gate": { "ttft": "8s", "tpot": "150ms" } } } }
            """;

    final SimulatedHost dev2;
    final SimulatedHost pi;
    final EssaimServer proxy;
    private final SimulatedHost cloud;

    private Home(SimulatedHost dev2, SimulatedHost pi, SimulatedHost cloud, EssaimServer proxy) {
        this.dev2 = dev2;
        this.pi = pi;
        this.cloud = cloud;
        this.proxy = proxy;
    }

    /**
     * Starts everything.
     *
     * @param shortest tokens of an answer at least
     * @param longest tokens of an answer at most
     */
    static Home start(int shortest, int longest) throws CannotListen, TlsFault, InvalidRules {
        SimulatedHost dev2 = host(HostProfile.dev2(), shortest, longest);
        SimulatedHost pi = host(HostProfile.pi(), shortest, longest);
        SimulatedHost cloud = host(HostProfile.cloud(), shortest, longest);
        String rules = RULES.formatted(dev2.url(), pi.url(), cloud.url(), MODEL);
        EssaimServer proxy = EssaimServer.start(
                RulesLoader.load("scenes", rules.getBytes(StandardCharsets.UTF_8)),
                Options.of(Transport.best(), 2, null));
        return new Home(dev2, pi, cloud, proxy);
    }

    private static SimulatedHost host(HostProfile profile, int shortest, int longest) {
        HostProfile quick = profile.withTimeScale(TIME_SCALE).withAnswerTokens(shortest, longest);
        return SimulatedHost.start(quick, LOOPBACK, 0);
    }

    String url(String agent) {
        return "http://" + LOOPBACK + ":" + proxy.port() + "/agents/" + agent + "/api/chat";
    }

    String admin(String path) {
        return "http://" + LOOPBACK + ":" + proxy.adminPort() + path;
    }

    @Override
    public void close() {
        proxy.close();
        dev2.close();
        pi.close();
        cloud.close();
    }
}
