package io.essaim.config;

/** Where a secret is found when it is needed. The secret itself is never part of the rules, so that they can be shown and logged. */
public sealed interface SecretSource permits SecretSource.File, SecretSource.Env {

    /**
     * The first line of a file.
     *
     * @param path absolute, or relative to the directory of the rules file
     */
    record File(String path) implements SecretSource {
        @Override
        public String toString() {
            return "file " + path;
        }
    }

    /**
     * An environment variable.
     *
     * @param name the variable's name
     */
    record Env(String name) implements SecretSource {
        @Override
        public String toString() {
            return "env " + name;
        }
    }
}
