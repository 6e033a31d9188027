/** Who waits for a free slot, in which order, and who is refused instead. */
@NullMarked
package io.essaim.admit;

import org.jspecify.annotations.NullMarked;
