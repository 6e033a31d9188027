package io.essaim.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** The {@code essaim} command. */
@Command(
        name = "essaim",
        description = "One Ollama-compatible endpoint in front of a fleet of Ollama hosts and clouds.",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        subcommands = {
            ServeCommand.class,
            CheckCommand.class,
            ModelsCommand.class,
            PsCommand.class,
            PullCommand.class,
            BudgetCommand.class,
            WhyCommand.class,
            ExplainCommand.class,
            DemoCommand.class,
            SimulateCommand.class,
            HealthCommand.class,
            KeysCommand.class,
            CertCommand.class,
            TrainingCommand.class
        })
public final class Main {
    /** What a wrong command line, unreadable rules or a port in use end with. */
    static final int EXIT_USAGE = 2;

    Main() {}

    public static void main(String[] args) {
        System.exit(run(commandLine(), args));
    }

    /** Runs one command to its end and returns the exit code of the process. */
    static int run(CommandLine line, String... args) {
        line.setExecutionExceptionHandler((e, command, parsed) -> {
            if (e instanceof Complaint) {
                command.getErr().println(e.getMessage());
                return EXIT_USAGE;
            }
            throw e;
        });
        line.setParameterExceptionHandler((e, given) -> complain(e));
        if (args.length == 0) {
            line.usage(line.getOut());
            return EXIT_USAGE;
        }
        return line.execute(args);
    }

    /** Every command knows the version, and colours help only where the launcher saw a terminal. */
    static CommandLine commandLine() {
        CommandLine line = new CommandLine(new Main());
        line.getSubcommands().values().forEach(each -> each.getCommandSpec().versionProvider(new Version()));
        Ansi ansi = TerminalColours.forTerminal().on() ? Ansi.ON : Ansi.OFF;
        return line.setColorScheme(CommandLine.Help.defaultColorScheme(ansi));
    }

    /** What is wrong with a command line, and where help is; not the help itself, which would hide it. */
    private static int complain(ParameterException e) {
        CommandLine command = e.getCommandLine();
        command.getErr().println(e.getMessage());
        UnmatchedArgumentException.printSuggestions(e, command.getErr());
        command.getErr().println("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
        return EXIT_USAGE;
    }

    /** A mistake of the user's that is explained in a sentence, without a stack trace. */
    static final class Complaint extends Exception {
        private static final long serialVersionUID = 1L;

        Complaint(String message) {
            super(message, null, false, false);
        }
    }

    /** The version of the jar. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = Main.class.getPackage().getImplementationVersion();
            return new String[] {"essaim " + (version == null ? "(not packaged)" : version)};
        }
    }
}
