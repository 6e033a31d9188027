package io.essaim.relay;

import io.essaim.budget.Amounts;
import io.essaim.budget.Verdict;
import io.essaim.choose.Choice;
import io.essaim.config.AgentRule;
import io.essaim.config.CloudEntry;
import io.essaim.config.Price;
import io.essaim.dialect.Asked;
import io.essaim.dialect.BackendDialect;
import io.essaim.dialect.Inexpressible;
import io.essaim.fleet.Backend;
import io.essaim.fleet.BreakerGate;
import io.essaim.secret.Secrets.Found;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The clouds of an agent's list that are left for a request, in the list's order. Confined to the request's event loop. */
final class CloudChain {
    private final Loop loop;
    private final Clouds clouds;
    private final AgentRule agent;
    private final Asked asked;
    private final ExchangeRecord.Builder log;
    private final ArrayDeque<CloudEntry> left;
    private Choice.@Nullable Refused outOfBudget;

    CloudChain(Loop loop, AgentRule agent, Asked asked, CloudTurn.Takeover from) {
        this.loop = loop;
        this.clouds = loop.shared().clouds();
        this.agent = agent;
        this.asked = Worst.limited(asked, agent);
        this.log = from.log();
        this.left = new ArrayDeque<>(agent.cloud().stream().filter(from.which()).toList());
    }

    /** The call of the next cloud that can be asked, paid for and let in; null when none is left. The log says who was passed over. */
    CloudCall.@Nullable Order next() {
        while (!left.isEmpty()) {
            CloudCall.Order order = order(left.poll());
            if (order != null) {
                return order;
            }
        }
        return null;
    }

    /** The refusal that is due when no cloud answers, if the agent's budget is why; null when it is not. */
    Choice.@Nullable Refused outOfBudget() {
        return outOfBudget;
    }

    private CloudCall.@Nullable Order order(CloudEntry candidate) {
        Backend cloud = clouds.backend(candidate);
        Found key = clouds.key(cloud);
        if (key instanceof Found.Missing missing) {
            return passOver(cloud, missing.why());
        }
        long rest = cloud.saturatedFor(loop.now());
        if (rest > 0) {
            return passOver(cloud, "it is left alone for " + (1 + TimeUnit.NANOSECONDS.toSeconds(rest)) + " s more");
        }
        BackendDialect dialect = cloud.rule().dialect().spoken();
        byte[] body;
        try {
            body = dialect.write(asked, candidate.model(), Clouds.capabilities(cloud.rule()));
        } catch (Inexpressible e) {
            log.beside(cloud.name() + ": " + e.text()); // The client can do something about it.
            return passOver(cloud, e.text());
        }
        String shown = ((Found.Key) key).text();
        CallOrder call = CallOrder.toCloud(
                dialect.path(candidate.model(), asked.streams()), body, Clouds.fields(cloud.rule(), shown));
        Price price = cloud.rule().priceOf(candidate.model()).orElse(Price.FREE);
        Amounts most = Amounts.ofCall(Worst.input(asked, body), Worst.output(asked), price);
        Verdict verdict = clouds.budgets().reserve(agent, most);
        if (verdict instanceof Verdict.Exhausted exhausted) {
            outOfBudget = Choice.Refused.outOfBudget(exhausted, clouds.currency());
            return passOver(cloud, outOfBudget.message());
        }
        Verdict.Granted granted = (Verdict.Granted) verdict;
        BreakerGate.Permit permit = permit(cloud, granted);
        if (permit == null) {
            return passOver(cloud, "it failed too often and is left alone for a while");
        }
        return new CloudCall.Order(cloud, candidate.model(), shown, call, price, granted.reservation(), permit);
    }

    /** Null when the breaker lets nobody in; what was granted has been given back then. */
    private static BreakerGate.@Nullable Permit permit(Backend cloud, Verdict.Granted granted) {
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

    private CloudCall.@Nullable Order passOver(Backend cloud, String why) {
        log.passedOver(cloud.name(), why);
        return null;
    }
}
