package io.essaim.selection;

import static org.assertj.core.api.Assertions.assertThat;

import io.essaim.api.Failure.Outcome;
import io.essaim.fleet.Backend;
import io.essaim.fleet.TestFleet;
import io.essaim.learn.RequestSize;
import java.util.HashSet;
import java.util.Set;

/** Chooses for tests, which think in names of backends. */
final class Choosing {
    /** Of no length worth mentioning. */
    static final PromptEstimate PROMPT = PromptEstimate.of(RequestSize.ofTokens(1));

    final TestFleet fleet;
    private final Routes routes;

    Choosing(TestFleet fleet) {
        this.fleet = fleet;
        this.routes = new Routes(fleet.rules, fleet.fleet);
    }

    Plan plan(String model) {
        return routes.plan(TestFleet.model(model), null, null);
    }

    Choice choose(String model, Integer context) {
        return Selector.choose(routes.plan(TestFleet.model(model), context, null), Set.of(), PROMPT);
    }

    Choice choose(String model, String... tried) {
        Set<Backend> backends = new HashSet<>();
        for (String name : tried) {
            backends.add(fleet.backend(name));
        }
        return Selector.choose(plan(model), backends, PROMPT);
    }

    /** Chooses and keeps the lease. */
    Choice.Taken take(String model, String... tried) {
        Choice choice = choose(model, tried);
        assertThat(choice).isInstanceOf(Choice.Taken.class);
        return (Choice.Taken) choice;
    }

    /** The backend that would be chosen; the lease ends at once and teaches nothing. */
    String who(String model, String... tried) {
        Choice.Taken taken = take(model, tried);
        taken.lease().end(Outcome.NEUTRAL);
        return taken.candidate().backend().name();
    }

    Choice.Refused refused(String model, String... tried) {
        Choice choice = choose(model, tried);
        assertThat(choice).isInstanceOf(Choice.Refused.class);
        return (Choice.Refused) choice;
    }

    void trip(String backend) {
        for (int i = 0; i < 3; i++) {
            fleet.lease(backend, "other").end(Outcome.FAIL);
        }
    }
}
