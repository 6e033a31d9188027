package io.essaim.config;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What rules mean, for a person who wants to see whether they say what was meant. */
public final class RulesReport {
    private static final int WIDTH = 100;
    private static final List<String> COLUMNS = List.of("name", "dialect", "zone", "weight", "slots", "key", "url");

    private final StringBuilder out = new StringBuilder();

    private RulesReport() {}

    /** The rules as aligned plain text of at most 100 columns, ending with a line break. Secrets are named, not shown. */
    public static String of(Rules rules) {
        RulesReport report = new RulesReport();
        report.network(rules);
        report.backends(rules);
        report.certificates(rules);
        report.prices(rules);
        report.routes(rules);
        report.aliases(rules);
        report.agents(rules);
        report.bounds(rules);
        return report.out.toString();
    }

    private void network(Rules rules) {
        Listen listen = rules.listen();
        Admin admin = rules.admin();
        entry("listen", address(listen.host(), listen.port()));
        entry("allow", listen.allow().stream().map(Cidr::toString).collect(Collectors.joining(", ")));
        if (!listen.trust().isEmpty()) {
            entry("trust", joined(listen.trust(), ", "));
        }
        KeyPairFiles tls = listen.tls();
        if (tls != null) {
            entry("tls", "certificate " + tls.cert() + ", key " + tls.key());
        }
        entry(
                "hosts",
                listen.hosts().isEmpty() ? "local names only" : "local names, " + String.join(", ", listen.hosts()));
        if (!rules.listen().origins().isEmpty()) {
            entry("origins", joined(rules.listen().origins(), ", "));
        }
        if (rules.keys().needed()) {
            String file = rules.keys().file();
            entry(
                    "keys",
                    "everybody must show one of " + rules.keys().keys().size() + " keys"
                            + (file == null ? "" : ", or one of file " + file) + ", or his agent's own");
        }
        if (rules.manage()) {
            entry("manage", "everybody may pull, copy and delete models");
        }
        String state = rules.state();
        if (state != null) {
            entry("state", state);
        }
        entry("admin", admin == null ? "none" : address(admin.host(), admin.port()));
    }

    private static String address(String host, int port) {
        String bracketed = host.indexOf(':') < 0 ? host : '[' + host + ']';
        return bracketed + ':' + (port == 0 ? "any free port" : port);
    }

    private void backends(Rules rules) {
        title("backends");
        List<List<String>> rows = new ArrayList<>();
        rows.add(COLUMNS);
        rules.backends()
                .values()
                .forEach(backend -> rows.add(List.of(
                        backend.name(),
                        backend.dialect().key(),
                        backend.zone(),
                        Double.toString(backend.weight()).replaceFirst("\\.0$", ""),
                        backend.slots().toString(),
                        backend.apiKey() == null ? "-" : backend.apiKey().toString(),
                        backend.url().toString())));
        List<String> lines = rows.stream().map(row -> aligned(row, rows)).toList();
        // URLs are the widest: if one does not fit beside the rest, each stands on a line of its own
        boolean fits = lines.stream().allMatch(line -> line.length() <= WIDTH);
        for (int i = 0; i < rows.size(); i++) {
            if (fits) {
                line(lines.get(i), 4);
            } else {
                List<String> row = rows.get(i);
                line(aligned(row.subList(0, row.size() - 1), rows), 4);
                line("    " + row.get(row.size() - 1), 6);
            }
        }
    }

    private void certificates(Rules rules) {
        if (rules.backends().values().stream().allMatch(backend -> backend.tls() == null)) {
            return;
        }
        title("certificates");
        rules.backends().values().stream()
                .filter(backend -> backend.tls() != null)
                .forEach(backend -> line("  " + backend.name() + "  " + backend.tls(), 4));
    }

    private void prices(Rules rules) {
        if (rules.backends().values().stream()
                .allMatch(backend -> backend.prices().isEmpty())) {
            return;
        }
        title("prices of a million tokens in " + rules.currency());
        rules.backends()
                .values()
                .forEach(backend -> backend.prices()
                        .forEach(rule -> line(
                                "  " + backend.name() + " " + rule.models() + "  input "
                                        + Money.text(rule.price().input()) + ", output "
                                        + Money.text(rule.price().output()),
                                4)));
    }

    private static String aligned(List<String> row, List<List<String>> rows) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < row.size(); i++) {
            int column = i;
            int width = rows.stream()
                    .mapToInt(other -> other.get(column).length())
                    .max()
                    .orElse(0);
            line.append("  ")
                    .append(row.get(i))
                    .append(" ".repeat(width - row.get(i).length()));
        }
        return line.toString().stripTrailing();
    }

    private void routes(Rules rules) {
        title("routes");
        routes(rules.routes());
        for (AgentRule agent : rules.agents().values()) {
            if (!agent.profile().routes().isEmpty()) {
                title("routes of " + agent.name() + ", before those");
                routes(agent.profile().routes());
            }
        }
    }

    private void routes(List<RouteRule> routes) {
        int number = 1;
        for (RouteRule route : routes) {
            String context = route.numCtx() == null ? "" : "  (" + route.numCtx() + ")";
            line("  " + number++ + ". " + joined(route.models(), ", ") + context, 5);
            for (int i = 0; i < route.tiers().size(); i++) {
                String entries = route.tiers().get(i).stream()
                        .map(entry -> as(entry.backend(), entry.model() == null ? "" : entry.model())
                                + (entry.resident() ? " (stays in memory)" : ""))
                        .collect(Collectors.joining(", "));
                line("     tier " + (i + 1) + "  " + entries, 13);
            }
        }
    }

    private void aliases(Rules rules) {
        if (!rules.aliases().isEmpty()) {
            title("aliases");
            rules.aliases().forEach((alias, model) -> line("  " + alias + "  is " + model, 4));
        }
    }

    private void agents(Rules rules) {
        title("agents");
        int width =
                rules.agents().keySet().stream().mapToInt(String::length).max().orElse(0);
        for (AgentRule agent : rules.agents().values()) {
            String clouds = rules.cloudsOf(agent.name()).stream()
                    .map(entry -> as(entry.backend(), entry.model()))
                    .collect(Collectors.joining(", "));
            String name = agent.name() + " ".repeat(width - agent.name().length());
            line(
                    "  " + name + "  local" + (clouds.isEmpty() ? " only" : "; clouds: " + clouds)
                            + (rules.mayManage(agent.name()) ? "; manages models" : "")
                            + (rules.needsKey(agent) ? "; needs a key" : "")
                            + (agent.keysFile() == null ? "" : ", also of file " + agent.keysFile())
                            + budget(agent.budget(), rules.currency())
                            + (agent.port() == 0 ? "" : "; port " + agent.port())
                            + (agent.numCtx() == null ? "" : "; " + agent.numCtx())
                            + profile(agent.profile())
                            + (agent.priority() == Priority.BATCH ? "; batch" : ""),
                    width + 4);
        }
        if (rules.agents().isEmpty()) {
            line("  none: every request stays local", 4);
        }
    }

    private static String profile(Profile profile) {
        RateRule rate = profile.rate();
        Pins pins = profile.pins();
        return (profile.models().isEmpty() ? "" : "; models " + joined(profile.models(), ", "))
                + (profile.model() == null ? "" : "; else " + profile.model())
                + (profile.routes().isEmpty() ? "" : "; routes of its own")
                + (profile.zone() == null ? "" : "; no farther than " + profile.zone())
                + (rate.limits().isEmpty() ? "" : "; " + joined(rate.limits(), ", "))
                + (rate.concurrency() == 0 ? "" : "; " + rate.concurrency() + " at once")
                + gate(profile.gate())
                + (pins.think() == null ? "" : "; think " + pins.think())
                + (pins.keepAlive() == null ? "" : "; keep_alive " + pins.keepAlive())
                + (profile.rescue() ? "; rescues cut answers" : "")
                + (profile.hedge() ? "; hedges hangs" : "");
    }

    private static String gate(@Nullable Gate gate) {
        if (gate == null) {
            return "";
        }
        List<String> limits = new ArrayList<>();
        if (gate.ttftSeconds() < Double.POSITIVE_INFINITY) {
            limits.add("the first token takes over " + gate.ttftSeconds() + " s");
        }
        if (gate.tpotSeconds() < Double.POSITIVE_INFINITY) {
            limits.add("each further one over " + gate.tpotSeconds() + " s");
        }
        return "; clouds too where " + joined(limits, " or ");
    }

    private static String budget(BudgetRule budget, String currency) {
        StringBuilder text = new StringBuilder();
        for (Period period : Period.values()) {
            Allowance allowance = budget.allowance(period);
            List<String> parts = new ArrayList<>();
            if (allowance.requests() != Allowance.UNLIMITED) {
                parts.add(allowance.requests() + " requests");
            }
            if (allowance.tokens() != Allowance.UNLIMITED) {
                parts.add(allowance.tokens() + " tokens");
            }
            if (allowance.cost() != Allowance.UNLIMITED) {
                parts.add(Money.text(allowance.cost()) + " " + currency);
            }
            if (!parts.isEmpty()) {
                text.append("; per ").append(period.key()).append(' ').append(joined(parts, ", "));
            }
        }
        return budget.limits()
                ? text.append(" (").append(budget.zone()).append(')').toString()
                : "";
    }

    private static String as(String backend, String model) {
        return model.isEmpty() ? backend : backend + " as " + model;
    }

    private void bounds(Rules rules) {
        out.append('\n');
        entry("timeouts", BoundsReader.text(rules.timeouts()));
        entry("limits", BoundsReader.text(rules.limits()));
        entry("queue", BoundsReader.text(rules.queue()));
    }

    private static String joined(List<?> values, String separator) {
        return values.stream().map(Object::toString).collect(Collectors.joining(separator));
    }

    private void title(String text) {
        out.append('\n').append(text).append('\n');
    }

    private void entry(String key, String value) {
        line(key + " ".repeat(10 - key.length()) + value, 10);
    }

    /** One line, broken at spaces where it is too long; what follows is indented. */
    private void line(String text, int indent) {
        String rest = text;
        while (rest.length() > WIDTH) {
            int space = rest.lastIndexOf(' ', WIDTH);
            int end = space > indent ? space : WIDTH;
            out.append(rest.substring(0, end).stripTrailing()).append('\n');
            rest = " ".repeat(Math.min(indent, WIDTH / 2)) + rest.substring(end).stripLeading();
        }
        out.append(rest).append('\n');
    }
}
