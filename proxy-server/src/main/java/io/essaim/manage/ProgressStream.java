package io.essaim.manage;

import io.essaim.api.Failure;
import io.essaim.api.Json;
import io.essaim.client.ActiveRequest;
import io.essaim.client.ClientStream;
import io.essaim.client.LineStream;
import io.essaim.fault.InternalFault;
import io.essaim.http.Answer;
import io.essaim.http.RouteId;
import io.essaim.upstream.Loop;
import io.netty.channel.EventLoop;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * One client's view of the downloads that it asked for. Lines of one host pass unchanged. Lines of several hosts
 * become one set of progress bars: per layer, what all hosts have of what all need. Confined to the client's event
 * loop.
 */
final class ProgressStream implements ActiveRequest, HostJob.Watcher {
    private final ClientStream client;
    private final Loop loop;
    private final RouteId id;
    private final List<HostJob> jobs;
    private final boolean streams;
    private final Map<String, Map<HostJob, Long>> layers = new HashMap<>();
    private final Set<String> said = new HashSet<>();
    private final BroadcastResult tally;
    private @Nullable LineStream stream;
    private boolean gone;

    ProgressStream(ClientStream client, Loop loop, RouteId id, List<HostJob> jobs, boolean streams) {
        this.client = client;
        this.loop = loop;
        this.id = id;
        this.jobs = jobs;
        this.tally = new BroadcastResult(jobs.size());
        this.streams = streams;
    }

    @Override
    public void start() {
        jobs.forEach(job -> job.watch(this));
    }

    @Override
    public EventLoop eventLoop() {
        return loop.eventLoop();
    }

    @Override
    public void progress(HostJob job, JsonNode line) {
        if (gone || !streams) {
            return;
        }
        String digest = line.path("digest").asString("");
        if (digest.isEmpty()) {
            if (said.add(line.path("status").asString(""))) {
                say(line);
            }
            return;
        }
        if (jobs.size() == 1) {
            if (client.isWritable()) {
                say(line);
            }
            return;
        }
        Map<HostJob, Long> layer = layers.computeIfAbsent(digest, d -> new HashMap<>());
        layer.put(job, line.path("completed").asLong(0));
        if (client.isWritable()) {
            long completed = layer.values().stream().mapToLong(Long::longValue).sum();
            long total = line.path("total").asLong(0) * jobs.size();
            open().line("{\"status\":" + Json.quote(line.path("status").asString("")) + ",\"digest\":"
                    + Json.quote(digest) + ",\"total\":" + total + ",\"completed\":" + completed + "}");
        }
    }

    private void say(JsonNode line) {
        StringBuilder text = new StringBuilder();
        Json.write(line, text);
        open().line(text.toString());
    }

    private LineStream open() {
        LineStream known = stream;
        if (known == null) {
            known = new LineStream(client, id);
            stream = known;
        }
        return known;
    }

    @Override
    public void over(HostJob job, @Nullable String failure, int status) {
        if (failure == null) {
            tally.did(job.backend().name());
        } else {
            tally.didNot(job.backend().name(), failure, status);
        }
        if (tally.complete() && !gone) {
            if (tally.good()) {
                succeed();
            } else {
                fail(tally.worst() == 502 ? 500 : tally.worst(), tally.text("done"));
            }
        }
    }

    private void succeed() {
        if (streams) {
            open().line("{\"status\":\"success\"}");
            gone = true;
            open().end();
        } else {
            gone = true;
            client.answer(Answer.text(200, "application/json", "{\"status\":\"success\"}")
                    .traced(id));
        }
    }

    /** A stream that has begun can only say it in a line. */
    private void fail(int status, String error) {
        if (stream != null) {
            stream.line("{\"error\":" + Json.quote(error) + "}");
            gone = true;
            stream.end();
        } else {
            gone = true;
            client.answer(Answer.plainError(status, error).traced(id));
        }
    }

    @Override
    public void writabilityChanged(boolean writable) {}

    @Override
    public void cancel() {
        gone = true;
        jobs.forEach(job -> job.unwatch(this));
    }

    @Override
    public RouteId id() {
        return id;
    }

    @Override
    public void stop(Failure why) {
        if (!gone) {
            cancel();
            fail(why.status(), why.message() + "; the hosts may go on");
        }
    }

    @Override
    public void fault(Throwable cause) {
        if (gone) {
            InternalFault.log("after the end of request " + id, cause);
        } else {
            client.fault(cause);
        }
    }
}
