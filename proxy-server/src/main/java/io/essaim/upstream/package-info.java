/** One event loop, its connections to backends, and one HTTP call over them. */
@org.jspecify.annotations.NullMarked
package io.essaim.upstream;
