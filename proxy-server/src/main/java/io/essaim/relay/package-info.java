/** The life of one request: frontend, exchange, attempt, relay, and the pool of backend connections. */
@NullMarked
package io.essaim.relay;

import org.jspecify.annotations.NullMarked;
