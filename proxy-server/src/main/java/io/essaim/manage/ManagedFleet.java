package io.essaim.manage;

import io.essaim.config.Rules;
import io.essaim.fleet.Fleet;
import io.essaim.selection.Routes;

/**
 * The hosts whose models clients may change, under one set of rules. Any thread.
 *
 * @param rules the rules
 * @param fleet the live backends
 * @param routes the routes of the rules over them
 * @param jobs the long work that hosts are at
 */
public record ManagedFleet(Rules rules, Fleet fleet, Routes routes, HostJobs jobs) {}
