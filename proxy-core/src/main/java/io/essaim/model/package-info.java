/** Model names as Ollama compares them, and the place of a model's name in a request body. */
@NullMarked
package io.essaim.model;

import org.jspecify.annotations.NullMarked;
