using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Reflection;
using Godwit.Server.Commands.Administration;
using Godwit.Server.Commands.Data;

namespace Godwit.Server.Commands;

/// <summary>The command line of <c>godwit</c>.</summary>
internal static class GodwitCommand
{
    /// <summary>The version of this program.</summary>
    public static string Version => typeof(GodwitCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0";

    /// <summary>Runs what the arguments say.</summary>
    /// <param name="args">The arguments without the program's name.</param>
    /// <param name="output">Where answers go.</param>
    /// <param name="error">Where faults go.</param>
    /// <returns>The process's exit code.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> args, TextWriter output, TextWriter error)
    {
        Command root = Create();
        ParseResult parsed = root.Parse(WithCommand(root, args), new ParserConfiguration { ResponseFileTokenReplacer = null, EnablePosixBundling = false });
        if (parsed.Action is ParseErrorAction)
        {
            if (parsed.CommandResult.Command is ConfiguredCommand configured)
            {
                // It reports what the command line got wrong together with the faults of the other sources.
                return await configured.RunAsync(parsed, output, error, CancellationToken.None);
            }

            foreach (string message in parsed.Errors.Select(fault => fault.Message).Distinct(StringComparer.Ordinal))
            {
                await error.WriteLineAsync($"godwit: {message}");
            }

            await error.WriteLineAsync("See: godwit --help");
            return ExitCode.Configuration;
        }

        // Signals are the server's own business: it stops its connections before it ends.
        return await parsed.InvokeAsync(new InvocationConfiguration { Output = output, Error = error, ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false });
    }

    private static Command Create()
    {
        var root = new Command("godwit", "A real-time delivery server: a room is a log, every client is a reader with a position, every transport is a way of reading. Without a command it serves, with the flags of godwit serve.")
        {
            new ServeCommand(),
            CertCommand.Create(),
            KeyCommand.Create(),
            new TokenCommand(),
            AdminCommand.Create(),
            DataCommand.Create(),
            new PubCommand(),
            new SubCommand(),
            new BenchCommand(),
            new DoctorCommand(),
            new VerifyCommand(),
            new CompareCommand(),
            new Command("config", "About the configuration.") { new ConfigCheckCommand(), new ConfigShowCommand(), ConfigSchemaCommand.Create() },
        };
        root.Options.Add(new HelpOption { Recursive = true });
        root.Options.Add(new VersionOption { Action = new PrintVersion() });
        return root;
    }

    // "godwit --lab" is "godwit serve --lab"; help and version are asked of godwit itself.
    private static IReadOnlyList<string> WithCommand(Command root, IReadOnlyList<string> args)
    {
        bool own = args.Count > 0 && root.Options.Any(option => option.Name == args[0] || option.Aliases.Contains(args[0]));
        return args.Count == 0 || (args[0].StartsWith('-') && !own) ? [ServeCommand.Verb, .. args] : args;
    }

    private sealed class PrintVersion : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            parseResult.InvocationConfiguration.Output.WriteLine($"godwit {Version}");
            return ExitCode.Done;
        }
    }
}
