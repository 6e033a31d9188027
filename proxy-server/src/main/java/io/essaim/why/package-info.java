/** What was done with each of the latest requests, and why. */
@NullMarked
package io.essaim.why;

import org.jspecify.annotations.NullMarked;
