/** The clouds of an agent: which may be asked, on whose budget, and the calls themselves. */
@org.jspecify.annotations.NullMarked
package io.essaim.cloud;
