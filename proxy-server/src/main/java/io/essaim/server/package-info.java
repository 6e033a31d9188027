/** A running Essaim: its listeners, loops and probes, started and stopped as one. */
@NullMarked
package io.essaim.server;

import org.jspecify.annotations.NullMarked;
