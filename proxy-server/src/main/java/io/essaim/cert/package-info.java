/** Certificates made here: a local authority, and servers that it signs for. */
@NullMarked
package io.essaim.cert;

import org.jspecify.annotations.NullMarked;
