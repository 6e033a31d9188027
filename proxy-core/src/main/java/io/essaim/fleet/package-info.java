/** The live state of the backends: health, inventory, breaker, leases, learned times. */
@NullMarked
package io.essaim.fleet;

import org.jspecify.annotations.NullMarked;
