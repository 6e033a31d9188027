/** JSON as Go's {@code encoding/json} reads and writes it: its leniency, its error texts, its escapes. */
@NullMarked
package io.essaim.simulator.json;

import org.jspecify.annotations.NullMarked;
