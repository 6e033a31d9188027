/** Real proxies and simulated hosts over sockets, while hosts fail. Wall-clock time, so figures depend on the machine. */
@NullMarked
package io.essaim.benchmarks.scenes;

import org.jspecify.annotations.NullMarked;
