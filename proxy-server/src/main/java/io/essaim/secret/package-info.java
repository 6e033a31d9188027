/** Secrets: where they are read, and by whom they must not be. */
@NullMarked
package io.essaim.secret;

import org.jspecify.annotations.NullMarked;
