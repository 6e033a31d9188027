package io.essaim.admission;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.config.Rules;
import io.essaim.config.RulesLoader;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** The bucket over time. */
class QuotasTest {
    private final AtomicLong now = new AtomicLong(-5);

    private Quotas quotas(String agent, Rules rules) {
        assertThat(rules.knowsAgent(agent)).isTrue();
        return new Quotas(rules, now::get);
    }

    private static Rules rules(String profile) throws Exception {
        String json =
                "{\"backends\":{\"a\":{\"url\":\"http://a\"}},\"routes\":[{\"models\":[\"*\"],\"tiers\":[[\"a\"]]}],"
                        + "\"agents\":{\"dev\":" + profile + "}}";
        return RulesLoader.load("test.json", json.getBytes(StandardCharsets.UTF_8));
    }

    private static int wait(QuotaDecision entry) {
        return entry instanceof QuotaDecision.Refused refused ? refused.why().retryAfterSeconds() : 0;
    }

    @Test
    void allAtOnce_thenOneBackEvenly() throws Exception {
        Rules rules = rules("{\"rate\":{\"requests\":6,\"per\":\"minute\"}}");
        Quotas quotas = quotas("dev", rules);
        for (int i = 0; i < 6; i++) {
            assertThat(wait(quotas.enter(rules.agent("dev")))).isZero();
        }
        assertThat(wait(quotas.enter(rules.agent("dev")))).isEqualTo(10);
        now.addAndGet(TimeUnit.MILLISECONDS.toNanos(3500));
        assertThat(wait(quotas.enter(rules.agent("dev")))).isEqualTo(7);
        now.addAndGet(TimeUnit.MILLISECONDS.toNanos(6600));
        assertThat(wait(quotas.enter(rules.agent("dev")))).isZero();
        assertThat(wait(quotas.enter(rules.agent("dev")))).isEqualTo(10);
        assertThat(quotas.refused(rules.agent("dev"))).isEqualTo(3);
        now.addAndGet(TimeUnit.DAYS.toNanos(30));
        for (int i = 0; i < 6; i++) {
            assertThat(wait(quotas.enter(rules.agent("dev")))).isZero();
        }
        assertThat(wait(quotas.enter(rules.agent("dev")))).isEqualTo(10);
    }

    @Test
    void whoeverWaitsAsLongAsHeIsTold_getsIn() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 200; round++) {
            String per = new String[] {"second", "minute", "hour", "day"}[random.nextInt(4)];
            int requests = 1 + random.nextInt(1000);
            Rules rules = rules("{\"rate\":{\"requests\":" + requests + ",\"per\":\"" + per + "\"}}");
            Quotas quotas = quotas("dev", rules);
            int made = 0;
            QuotaDecision last = quotas.enter(rules.agent("dev"));
            while (last instanceof QuotaPermit) {
                made++;
                last = quotas.enter(rules.agent("dev"));
            }
            assertThat(made).as("seed %d", seed).isEqualTo(requests);
            now.addAndGet(TimeUnit.SECONDS.toNanos(wait(last)));
            assertThat(quotas.enter(rules.agent("dev"))).as("seed %d", seed).isInstanceOf(QuotaPermit.class);
        }
    }

    @Test
    void tokensThatWereUsed_areOwed_andPaidByWaiting() throws Exception {
        Rules rules = rules("{\"rate\":{\"tokens\":600,\"per\":\"minute\"}}");
        Quotas quotas = quotas("dev", rules);
        QuotaPermit first = (QuotaPermit) quotas.enter(rules.agent("dev"));
        QuotaPermit second = (QuotaPermit) quotas.enter(rules.agent("dev"));
        first.end(599);
        assertThat(wait(quotas.enter(rules.agent("dev")))).as("one is left").isZero();
        second.end(101);
        second.end(101);
        assertThat(wait(quotas.enter(rules.agent("dev"))))
                .as("100 owed, and one")
                .isEqualTo(11);
        now.addAndGet(TimeUnit.MILLISECONDS.toNanos(10_050));
        assertThat(wait(quotas.enter(rules.agent("dev")))).isEqualTo(1);
        now.addAndGet(TimeUnit.MILLISECONDS.toNanos(50));
        QuotaDecision entry = quotas.enter(rules.agent("dev"));
        assertThat(entry).isInstanceOf(QuotaPermit.class);
        now.addAndGet(TimeUnit.DAYS.toNanos(1));
        ((QuotaPermit) entry).end(601);
        assertThat(wait(quotas.enter(rules.agent("dev"))))
                .as("a day spares no more than the bucket holds")
                .isEqualTo(1);
        assertThat(quotas.refused(rules.agent("dev"))).isEqualTo(3);
    }

    @Test
    void aRequestThatTokensRefuse_costsNoRequest() throws Exception {
        Rules rules = rules("{\"rate\":{\"requests\":2,\"tokens\":60,\"per\":\"minute\"}}");
        Quotas quotas = quotas("dev", rules);
        ((QuotaPermit) quotas.enter(rules.agent("dev"))).end(60);
        assertThat(wait(quotas.enter(rules.agent("dev")))).isEqualTo(1);
        now.addAndGet(TimeUnit.SECONDS.toNanos(1));
        assertThat(quotas.enter(rules.agent("dev"))).isInstanceOf(QuotaPermit.class);
        QuotaDecision.Refused none = (QuotaDecision.Refused) quotas.enter(rules.agent("dev"));
        assertThat(none.why().message()).startsWith("agent \"dev\" may make 2 requests per minute. Please");
    }

    @Test
    void aPassEndsOnce() throws Exception {
        Rules rules = rules("{\"concurrency\":2}");
        Quotas quotas = quotas("dev", rules);
        QuotaPermit first = (QuotaPermit) quotas.enter(rules.agent("dev"));
        assertThat(quotas.enter(rules.agent("dev"))).isInstanceOf(QuotaPermit.class);
        first.end(0);
        first.end(0);
        assertThat(quotas.enter(rules.agent("dev"))).isInstanceOf(QuotaPermit.class);
        assertThat(quotas.enter(rules.agent("dev"))).isInstanceOf(QuotaDecision.Refused.class);
    }
}
