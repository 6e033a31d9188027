/** What becomes of exceptions that nobody foresaw. */
@org.jspecify.annotations.NullMarked
package io.essaim.fault;
