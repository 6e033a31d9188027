/** Looks after the backends: alive, which models, which are loaded. */
@NullMarked
package io.essaim.probe;

import org.jspecify.annotations.NullMarked;
