/** Who waits for a free slot, in which order, and who is refused instead. */
@NullMarked
package io.essaim.admission;

import org.jspecify.annotations.NullMarked;
