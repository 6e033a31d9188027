/** From a request's model and agent to one backend, with reasons. */
@NullMarked
package io.essaim.choose;

import org.jspecify.annotations.NullMarked;
