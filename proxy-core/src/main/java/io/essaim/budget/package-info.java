/**
 * What agents may use of clouds, and what they have used: reserve before a call, settle after it. Calendar days and months, whole numbers,
 * no clock but the given one.
 */
@NullMarked
package io.essaim.budget;

import org.jspecify.annotations.NullMarked;
