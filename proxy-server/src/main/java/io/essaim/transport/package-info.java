/** Which of Netty's transports carries the sockets, and with which options. */
@NullMarked
package io.essaim.transport;

import org.jspecify.annotations.NullMarked;
