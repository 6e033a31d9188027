package io.essaim.benchmarks.simulate;

import io.essaim.api.Failure;

/** An attempt at a cloud, of which the proxy keeps nothing but the bill. */
final class Bought implements Place {
    private static final double FIRST_TOKEN = 60;

    @Override
    public double patience() {
        return FIRST_TOKEN;
    }

    @Override
    public void firstToken() {}

    @Override
    public void finished(Attempt attempt) {}

    @Override
    public void failed(Failure failure) {}
}
