/** What the listeners for clients and for admins share: who may connect, how many are open, how a connection ends. */
@org.jspecify.annotations.NullMarked
package io.essaim.listen;
