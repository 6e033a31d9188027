/** The admin pages: how the fleet does, for persons and for programs, on a port of their own. */
@NullMarked
package io.essaim.admin;

import org.jspecify.annotations.NullMarked;
