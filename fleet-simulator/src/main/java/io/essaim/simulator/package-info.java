/** Ollama and OpenAI servers made of clockwork. */
@NullMarked
package io.essaim.simulator;

import org.jspecify.annotations.NullMarked;
