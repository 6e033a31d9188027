/** The client's side of one request: what is asked, what the client is sent, and what is recorded of it. */
@org.jspecify.annotations.NullMarked
package io.essaim.client;
