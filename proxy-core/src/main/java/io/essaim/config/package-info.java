/** The routing rules: immutable records, and the strict loader that reports every fault of a file at once. */
@NullMarked
package io.essaim.config;

import org.jspecify.annotations.NullMarked;
