/** HTTP/1.1 on the wire, strictly: heads, framing, chunks. Nothing here knows of backends or models. */
@NullMarked
package io.essaim.http;

import org.jspecify.annotations.NullMarked;
