/** One request from its whole body to the end of its answer: plan, choose, attempt, and again while nothing has reached the client. */
@org.jspecify.annotations.NullMarked
package io.essaim.exchange;
