/** Models in the memory of hosts: loads, canaries, reading ahead, and how large a context may be. */
@org.jspecify.annotations.NullMarked
package io.essaim.warm;
