package io.essaim.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.admission.Queues;
import io.essaim.admission.Quotas;
import io.essaim.api.Ticker;
import io.essaim.budget.Budgets;
import io.essaim.budget.MemoryBudgetStore;
import io.essaim.config.Admin;
import io.essaim.config.Rules;
import io.essaim.fleet.Fleet;
import io.essaim.fleet.FleetListing;
import io.essaim.learn.CostTerms;
import io.essaim.learn.Estimates;
import io.essaim.listen.ClientConnections;
import io.essaim.selection.HedgeBudget;
import io.essaim.selection.Routes;
import io.essaim.why.RequestTraces;
import io.essaim.why.RescueCounters;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What bounds a connection to the admin pages, in the time and with the buffers of an embedded channel. */
class AdminConnectionTest {
    private static final String REQUEST = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";

    private static final Rules RULES = Rules.forBackends(List.of(URI.create("http://127.0.0.1:1")), "127.0.0.1", 0);

    private final AdminPages pages = new AdminPages(
            new Admin("127.0.0.1", 0), view(), new ClientConnections(), RulesStanding.first(Instant.EPOCH));
    private final EmbeddedChannel channel = channel();

    private static AdminView view() {
        Ticker still = () -> 0;
        Fleet fleet = new Fleet(RULES, still, new Estimates(CostTerms.USUAL));
        return new AdminView(
                RULES,
                fleet,
                new Routes(RULES, fleet),
                new FleetListing(fleet, RULES.aliases()),
                (agent, model) -> false,
                new Queues(RULES.queue(), still, () -> 0),
                new Quotas(RULES, still),
                new Budgets(new MemoryBudgetStore(), Clock.systemUTC()),
                new AdminView.Activity(
                        List::of, now -> List.of(), new RescueCounters(), new HedgeBudget(), new RequestTraces()),
                still);
    }

    private EmbeddedChannel channel() {
        EmbeddedChannel made = new EmbeddedChannel(pages);
        made.freezeTime();
        return made;
    }

    @AfterEach
    void nothingIsLeft() {
        assertThat(channel.finishAndReleaseAll()).isFalse();
    }

    private void pass(int seconds) {
        channel.advanceTimeBy(seconds, TimeUnit.SECONDS);
        channel.runScheduledPendingTasks();
        channel.runPendingTasks();
    }

    private int answers() {
        int n = 0;
        for (ByteBuf out = channel.readOutbound(); out != null; out = channel.readOutbound()) {
            n += out.toString(StandardCharsets.UTF_8).split("alive\n", -1).length - 1;
            out.release();
        }
        return n;
    }

    private void send(String text) {
        channel.writeInbound(Unpooled.copiedBuffer(text, StandardCharsets.UTF_8));
    }

    @Test
    void oneThatAsksNothing_isClosed() {
        pass(29);
        assertThat(channel.isActive()).isTrue();
        pass(2);
        assertThat(channel.isActive()).isFalse();
    }

    @Test
    void oneThatAsksSlowly_isClosed_whateverItSends() {
        for (int i = 0; i < 15; i++) {
            send(REQUEST.substring(i, i + 1));
            pass(2);
        }
        assertThat(channel.isActive()).isFalse();
        assertThat(answers()).isZero();
    }

    @Test
    void oneThatGoesOnAsking_stays() {
        for (int i = 0; i < 5; i++) {
            pass(25);
            send(REQUEST);
            assertThat(answers()).isEqualTo(1);
        }
        assertThat(channel.isActive()).isTrue();
    }

    @Test
    void oneThatDoesNotRead_isAnsweredOnlyWhenItDoes() {
        var held = channel.unsafe().outboundBuffer();
        held.setUserDefinedWritability(1, false);
        send(REQUEST.repeat(3));
        assertThat(answers()).isZero();
        assertThat(channel.config().isAutoRead()).isFalse();
        held.setUserDefinedWritability(1, true);
        channel.runPendingTasks();
        assertThat(answers()).isEqualTo(3);
        assertThat(channel.config().isAutoRead()).isTrue();
    }

    @Test
    void oneTooMany_isClosedAtOnce_untilAnotherLeaves() {
        List<EmbeddedChannel> others = new ArrayList<>();
        for (int i = 1; i < 64; i++) {
            others.add(new EmbeddedChannel(pages));
        }
        assertThat(others).allMatch(EmbeddedChannel::isActive);
        assertThat(new EmbeddedChannel(pages).isActive()).isFalse();
        others.get(0).close();
        EmbeddedChannel next = new EmbeddedChannel(pages);
        assertThat(next.isActive()).isTrue();
        others.forEach(EmbeddedChannel::finishAndReleaseAll);
        next.finishAndReleaseAll();
    }
}
