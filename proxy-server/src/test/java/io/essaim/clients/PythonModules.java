package io.essaim.clients;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** What {@code .ci/python-modules} has installed, each name in a folder of its own. */
final class PythonModules {
    /** Where the scripts are. */
    static final Path FOLDER = Path.of(System.getProperty("basedir", "."), "src", "test", "clients");

    private PythonModules() {}

    private static Path folder(String name) {
        return FOLDER.resolve("python_modules").resolve(name).toAbsolutePath();
    }

    /** What Python has to find in its environment. */
    static Map<String, String> settings(String name) {
        return Map.of("PYTHONPATH", folder(name).toString(), "PYTHONDONTWRITEBYTECODE", "1");
    }

    /** Skips the test unless this is installed, for the Python that there is. */
    static void orSkip(String name, String test) throws IOException, InterruptedException {
        String module = name.equals("llamacpp") ? "xllamacpp" : name;
        Needed.orSkip(
                Needed.hasCommand("python3") && Files.isDirectory(folder(name)) && imports(name, module),
                test,
                "install Python 3.10 or newer with pip and run '.ci/python-modules " + name + "'");
    }

    /** Parts are compiled for one version of Python: what another has installed is of no use. */
    private static boolean imports(String name, String module) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder("python3", "-c", "import " + module)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD);
        builder.environment().putAll(settings(name));
        Process process = builder.start();
        try {
            return process.waitFor(60, TimeUnit.SECONDS) && process.exitValue() == 0;
        } finally {
            process.destroyForcibly();
        }
    }
}
