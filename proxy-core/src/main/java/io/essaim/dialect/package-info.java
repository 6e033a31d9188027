/**
 * Translation between API dialects: a reader and a writer per dialect around a neutral request ({@link
 * io.essaim.dialect.NeutralRequest}) and a neutral stream ({@link io.essaim.dialect.StreamEvent}), never a translator per pair.
 */
@NullMarked
package io.essaim.dialect;

import org.jspecify.annotations.NullMarked;
