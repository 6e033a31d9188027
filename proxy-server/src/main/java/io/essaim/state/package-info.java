/** What outlives the process: where it is kept, and the file of budgets. */
@NullMarked
package io.essaim.state;

import org.jspecify.annotations.NullMarked;
