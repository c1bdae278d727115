using System.Collections;
using System.CommandLine;
using Godwit.Server.Configuration;
using Godwit.Server.Hosting;

namespace Godwit.Server.Commands;

/// <summary><c>godwit serve</c>: runs the server until a signal stops it.</summary>
internal static class ServeCommand
{
    public const string Name = "serve";

    public static Command Create()
    {
        var flags = new SettingFlags(GodwitSettings.Table);
        var file = new Option<string>("--config") { Description = "The configuration file: JSON, in which comments may stand. See also: godwit config schema", HelpName = "FILE", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command(Name, "Run the server. Every setting can also be given in the file, or in the environment as GODWIT_ and its path with __ between the parts; flags beat the environment, which beats the file.")
        {
            // What is not known is reported with the other faults.
            TreatUnmatchedTokensAsErrors = false,
        };
        foreach (Option option in flags.Options)
        {
            command.Options.Add(option);
        }

        command.Options.Add(file);
        command.SetAction((parsed, cancel) => RunAsync(parsed, flags, file, cancel));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, SettingFlags flags, Option<string> file, CancellationToken cancel)
    {
        TextWriter error = parsed.InvocationConfiguration.Error;
        var faults = new List<Fault>();
        AddUnknown(parsed, [.. flags.Options, file], faults);
        if (parsed.GetResult(file) is { IdentifierTokenCount: > 0, Tokens.Count: 0 })
        {
            faults.Add(new Fault(file.Name, null, "it has no value", "it takes the path of a file"));
        }

        if (!LoadedConfiguration.TryLoad(flags.Read(parsed, faults), Variables(), parsed.GetValue(file), out LoadedConfiguration? configuration, faults))
        {
            await WriteAsync(error, faults);
            return ExitCode.Configuration;
        }

        try
        {
            using ListenSockets sockets = ListenSockets.Bind(configuration.Settings.Listen.Select(address => address.Value));
            await ServerHost.RunAsync(configuration, sockets, parsed.InvocationConfiguration.Output, cancel);
            return ExitCode.Done;
        }
        catch (ListenException fault)
        {
            await error.WriteLineAsync($"godwit: {fault.Message}");
            return ExitCode.Environment;
        }
    }

    private static async Task WriteAsync(TextWriter error, List<Fault> faults)
    {
        if (faults.Count == 1)
        {
            await error.WriteLineAsync($"godwit: {faults[0]}");
            return;
        }

        await error.WriteLineAsync($"godwit: {faults.Count} faults in the configuration; nothing was started.");
        foreach (Fault fault in faults)
        {
            await error.WriteLineAsync($"  {fault}");
        }
    }

    private static void AddUnknown(ParseResult parsed, IReadOnlyList<Option> known, List<Fault> faults)
    {
        string[] flags = [.. parsed.UnmatchedTokens.Where(token => token.StartsWith('-'))];

        // A bare word after an unknown flag is probably its value, and no fault of its own.
        foreach (string token in flags.Length > 0 ? flags : parsed.UnmatchedTokens)
        {
            string name = token.Split('=')[0];
            string? nearest = name.StartsWith('-') ? NearestName.To(name, known.Select(option => option.Name)) : null;
            faults.Add(new Fault(Fault.Shown(name), null, name.StartsWith('-') ? "there is no such flag" : "nothing takes this argument", nearest is null ? "see godwit --help" : $"did you mean {nearest}?"));
        }
    }

    private static IEnumerable<KeyValuePair<string, string>> Variables() =>
        Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().Select(variable => KeyValuePair.Create((string)variable.Key, (string?)variable.Value ?? ""));
}
