/** How a streamed answer that broke off goes on at another backend. */
@org.jspecify.annotations.NullMarked
package io.essaim.recovery;
