/** From a request's model and agent to one backend, with reasons. */
@NullMarked
package io.essaim.selection;

import org.jspecify.annotations.NullMarked;
