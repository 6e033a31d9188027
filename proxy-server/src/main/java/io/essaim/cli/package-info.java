/** The command line. */
@NullMarked
package io.essaim.cli;

import org.jspecify.annotations.NullMarked;
