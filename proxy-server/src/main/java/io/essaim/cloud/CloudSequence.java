package io.essaim.cloud;

import io.essaim.budget.BudgetDecision;
import io.essaim.budget.CloudUsage;
import io.essaim.client.ExchangeRecord;
import io.essaim.config.AgentRule;
import io.essaim.config.BackendRule;
import io.essaim.config.CloudEntry;
import io.essaim.config.Price;
import io.essaim.dialect.BackendDialect;
import io.essaim.dialect.NeutralRequest;
import io.essaim.dialect.Untranslatable;
import io.essaim.fleet.Backend;
import io.essaim.fleet.BreakerGate;
import io.essaim.secret.Secrets.Found;
import io.essaim.selection.Choice;
import io.essaim.upstream.CallRequest;
import io.essaim.upstream.Loop;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The clouds of an agent that are left for a request, in the order of its rule. Confined to the request's event loop. */
final class CloudSequence {
    private final Loop loop;
    private final Clouds clouds;
    private final AgentRule agent;
    private final NeutralRequest asked;
    private final ExchangeRecord.Builder log;
    private final ArrayDeque<CloudEntry> left;
    private Choice.@Nullable Refused outOfBudget;

    CloudSequence(Loop loop, Clouds clouds, AgentRule agent, NeutralRequest asked, CloudExchange.Takeover from) {
        this.loop = loop;
        this.clouds = clouds;
        this.agent = agent;
        this.asked = WorstCaseTokens.limited(asked, agent);
        this.log = from.log();
        this.left = new ArrayDeque<>(agent.cloud().stream().filter(from.which()).toList());
    }

    /** A cloud whose turn it is, if it can be told what is asked. */
    static final class Candidate {
        private final Backend cloud;
        private final String model;
        private final String key;

        private Candidate(Backend cloud, String model, String key) {
            this.cloud = cloud;
            this.model = model;
            this.key = key;
        }
    }

    /** The next cloud that has a key and need not be left alone; null when none is left. The log says who was passed over. */
    @Nullable
    Candidate next() {
        while (!left.isEmpty()) {
            Candidate candidate = candidate(left.poll());
            if (candidate != null) {
                return candidate;
            }
        }
        return null;
    }

    private @Nullable Candidate candidate(CloudEntry entry) {
        Backend cloud = clouds.backend(entry);
        Found key = clouds.key(cloud);
        if (key instanceof Found.Missing missing) {
            passOver(cloud, missing.why());
            return null;
        }
        long rest = cloud.saturatedFor(loop.now());
        if (rest > 0) {
            passOver(cloud, "it is left alone for " + (1 + TimeUnit.NANOSECONDS.toSeconds(rest)) + " s more");
            return null;
        }
        return new Candidate(cloud, entry.model(), ((Found.Key) key).text());
    }

    /** The request in a cloud's words. Any thread: it may take long. */
    byte[] translate(Candidate to) throws Untranslatable {
        BackendRule rule = to.cloud.rule();
        return rule.dialect().spoken().write(asked, to.model, Clouds.capabilities(rule));
    }

    /** There is no translation for this cloud. */
    void untranslated(Candidate to, Untranslatable why) {
        log.beside(to.cloud.name() + ": " + why.text()); // The client can do something about it.
        passOver(to.cloud, why.text());
    }

    /** The refusal that is due when no cloud answers, if the agent's budget is why; null when it is not. */
    Choice.@Nullable Refused outOfBudget() {
        return outOfBudget;
    }

    /**
     * The call of a cloud, paid for and let in; null, and the log says why, when it cannot be asked.
     *
     * @param body what {@link #translate} gave
     */
    CloudCall.@Nullable Order order(Candidate to, byte[] body) {
        Backend cloud = to.cloud;
        BackendDialect dialect = cloud.rule().dialect().spoken();
        CallRequest call =
                CallRequest.toCloud(dialect.path(to.model, asked.streams()), body, Clouds.fields(cloud.rule(), to.key));
        Price price = cloud.rule().priceOf(to.model).orElse(Price.FREE);
        String unavailable = clouds.budgets().unavailable();
        if (unavailable != null) {
            passOver(cloud, unavailable);
            return null;
        }
        CloudUsage most = CloudUsage.ofCall(WorstCaseTokens.input(asked, body), WorstCaseTokens.output(asked), price);
        BudgetDecision verdict = clouds.budgets().reserve(agent, most);
        if (verdict instanceof BudgetDecision.Exhausted exhausted) {
            outOfBudget = Choice.Refused.outOfBudget(exhausted, clouds.currency());
            passOver(cloud, outOfBudget.message());
            return null;
        }
        BudgetDecision.Granted granted = (BudgetDecision.Granted) verdict;
        BreakerGate.Permit permit = permit(cloud, granted);
        if (permit == null) {
            passOver(cloud, "it failed too often and is left alone for a while");
            return null;
        }
        return new CloudCall.Order(cloud, to.model, to.key, call, price, granted.reservation(), permit);
    }

    /** Null when the breaker lets nobody in; what was granted has been given back then. */
    private static BreakerGate.@Nullable Permit permit(Backend cloud, BudgetDecision.Granted granted) {
        BreakerGate.Permit permit = null;
        try {
            cloud.gate().probed(); // Nobody probes clouds, since that would cost: a request finds out.
            permit = cloud.gate().tryEnter();
        } finally {
            if (permit == null) {
                granted.reservation().refund();
            }
        }
        return permit;
    }

    /** The order cannot be carried out after all, and has been abandoned. */
    void passOver(CloudCall.Order order, String why) {
        passOver(order.backend(), why);
    }

    private void passOver(Backend cloud, String why) {
        log.passedOver(cloud.name(), why);
    }
}
