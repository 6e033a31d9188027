/** Client connections: reading requests, admission, and the answers that need no backend. */
@org.jspecify.annotations.NullMarked
package io.essaim.frontend;
