package io.essaim.admin;

import io.essaim.admission.QueueMetrics;
import io.essaim.admission.QueueSnapshot;
import io.essaim.admission.Ticket;
import io.essaim.api.Json;
import io.essaim.budget.BudgetLine;
import io.essaim.budget.BudgetMeasure;
import io.essaim.config.AgentRule;
import io.essaim.config.Allowance;
import io.essaim.config.CloudEntry;
import io.essaim.config.Rules;
import io.essaim.fleet.Backend;
import io.essaim.fleet.DigestConflict;
import io.essaim.listen.ClientConnections;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The state of the proxy as JSON. It is written from values that hold no secret: of an agent's keys it tells only that
 * there are some, of a backend's key nothing. Times are seconds. Any thread.
 */
final class Status {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private final AdminView view;
    private final ClientConnections connections;
    private final RulesStanding rules;
    private final long since;
    private final String version;

    /** @param since when the proxy was started, by the ticker */
    Status(AdminView view, ClientConnections connections, RulesStanding rules, long since) {
        this.view = view;
        this.connections = connections;
        this.rules = rules;
        this.since = since;
        String packaged = Status.class.getPackage().getImplementationVersion();
        this.version = packaged == null ? "(not packaged)" : packaged;
    }

    /** Whether the proxy is stopping. */
    boolean stopping() {
        return connections.isClosing();
    }

    String json() {
        long now = view.ticker().nanos();
        ObjectNode all = NODES.objectNode();
        all.put("version", version);
        all.put("time", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        all.put("uptimeSeconds", TimeUnit.NANOSECONDS.toSeconds(now - since));
        all.put("stopping", connections.isClosing());
        all.put("connections", connections.open());
        all.put("requests", connections.busy());
        all.putObject("rules")
                .put("changes", rules.changes())
                .put("since", rules.since().truncatedTo(ChronoUnit.SECONDS).toString())
                .put("refused", rules.refused());
        String unavailable = view.budgets().unavailable();
        boolean clouds = view.rules().agents().keySet().stream()
                .anyMatch(agent -> !view.rules().cloudsOf(agent).isEmpty());
        all.put("cloudsRest", clouds && unavailable != null ? unavailable : "");
        ObjectNode refused = all.putObject("refused");
        connections.refusals().counts().forEach(refused::put);
        all.putObject("rescues")
                .put("completed", view.activity().rescues().completedSoFar())
                .put("failed", view.activity().rescues().failedSoFar());
        all.putObject("hedges")
                .put("sent", view.activity().hedges().sentSoFar())
                .put("won", view.activity().hedges().wonSoFar());
        waiting(all.putObject("waiting"));
        agents(all.putArray("agents"));
        ArrayNode hosts = all.putArray("hosts");
        for (Backend backend : view.fleet().all()) {
            hosts.add(HostStatus.of(backend, now));
        }
        queues(all.putArray("queues"));
        jobs(all.putArray("jobs"));
        loads(all.putArray("loads"), now);
        conflicts(all.putArray("conflicts"));
        StringBuilder text = new StringBuilder(4096);
        Json.write(all, text);
        return text.append('\n').toString();
    }

    private void agents(ArrayNode to) {
        Rules rules = view.rules();
        for (AgentRule agent : rules.agents().values()) {
            ObjectNode row = to.addObject();
            row.put("name", agent.name());
            row.put("needsKey", rules.needsKey(agent));
            row.put("manage", rules.mayManage(agent.name()));
            row.put("refused", view.quotas().refused(agent));
            if (agent.port() != 0) {
                row.put("port", agent.port());
            }
            List<CloudEntry> clouds = rules.cloudsOf(agent.name());
            ArrayNode cells = row.putArray("cloud");
            for (CloudEntry cloud : clouds) {
                cells.addObject().put("backend", cloud.backend()).put("model", cloud.model());
            }
            if (!clouds.isEmpty()) {
                budget(agent, row.putArray("budget"));
            }
        }
    }

    /** What the agent has used of clouds, limited or not. */
    private void budget(AgentRule agent, ArrayNode to) {
        for (BudgetLine line : view.budgets().lines(agent)) {
            BudgetMeasure measure = line.measure();
            ObjectNode row = to.addObject();
            row.put("window", line.period().key());
            row.put("of", measure.unit(view.rules().currency()));
            row.put("spent", measure.number(line.spent()));
            row.put("reserved", measure.number(line.reserved()));
            if (line.limit() != Allowance.UNLIMITED) {
                row.put("left", measure.number(line.left()));
                row.put("limit", measure.number(line.limit()));
            }
            row.put("forecast", measure.number(line.forecast()));
            row.put("nextWindow", line.opensText());
        }
    }

    private void waiting(ObjectNode to) {
        QueueMetrics all = view.queues().figures();
        to.put("requests", all.waiting());
        to.put("bytes", all.bytes());
        to.put("oldestSeconds", tenths(all.oldestSeconds()));
        ObjectNode ended = to.putObject("ended");
        for (Ticket.End end : Ticket.End.values()) {
            ended.put(end.name().toLowerCase(Locale.ROOT), all.ends().getOrDefault(end, 0L));
        }
        ObjectNode refused = to.putObject("refused");
        Map<String, Long> byWord = new TreeMap<>();
        all.refusals().forEach((reason, count) -> byWord.merge(reason.word(), count, Long::sum));
        byWord.forEach(refused::put);
    }

    private static double tenths(double seconds) {
        return Math.round(seconds * 10) / 10.0;
    }

    private void queues(ArrayNode to) {
        for (QueueSnapshot queue : view.queues().views()) {
            ObjectNode row = to.addObject();
            row.put("model", HostStatus.word(queue.model()));
            ArrayNode waiting = row.putArray("waiting");
            for (QueueSnapshot.Place place : queue.waiting()) {
                waiting.addObject()
                        .put("position", place.position())
                        .put("agent", place.agent())
                        .put("class", place.priority().name().toLowerCase(Locale.ROOT))
                        .put("waitedSeconds", tenths(place.waitedSeconds()))
                        .put("etaSeconds", tenths(place.etaSeconds()));
            }
        }
    }

    private void jobs(ArrayNode to) {
        view.activity()
                .jobs()
                .get()
                .forEach(job -> to.addObject()
                        .put("host", job.host())
                        .put("call", job.call())
                        .put("model", job.model())
                        .put("status", job.status())
                        .put("completed", job.completed())
                        .put("total", job.total()));
    }

    private void loads(ArrayNode to, long now) {
        view.activity()
                .loads()
                .apply(now)
                .forEach(load -> to.addObject()
                        .put("host", load.host())
                        .put("model", load.model())
                        .put("forSeconds", load.forSeconds())
                        .put("etaSeconds", load.etaSeconds()));
    }

    private void conflicts(ArrayNode to) {
        for (DigestConflict conflict : DigestConflict.of(view.fleet(), view.answers())) {
            ObjectNode row = to.addObject();
            row.put("model", conflict.model());
            row.put("listed", HostStatus.word(conflict.listed()));
            ArrayNode digests = row.putArray("digests");
            for (DigestConflict.Variant variant : conflict.digests()) {
                ObjectNode one = digests.addObject();
                one.put("digest", HostStatus.word(variant.digest()));
                variant.hosts().forEach(one.putArray("hosts")::add);
                one.put("modifiedAt", HostStatus.word(variant.modifiedAt()));
            }
        }
    }
}
