/** What Ollama's HTTP surface is: operations, the wording of errors, how an answer must end. */
@NullMarked
package io.essaim.api;

import org.jspecify.annotations.NullMarked;
