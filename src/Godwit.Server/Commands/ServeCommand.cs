using System.Collections;
using System.CommandLine;
using System.CommandLine.Parsing;
using Godwit.Server.Configuration;
using Godwit.Server.Hosting;

namespace Godwit.Server.Commands;

/// <summary><c>godwit serve</c>: runs the server until a signal stops it.</summary>
internal sealed class ServeCommand : Command
{
    public const string Verb = "serve";

    private const string About =
        "Run the server. Every setting can also be given in the file, or in the environment as GODWIT_ and its path with __ between the parts; "
        + "flags beat the environment, which beats the file.";

    private readonly SettingFlags _flags = new(GodwitSettings.Table);
    private readonly Option<string[]> _file = new("--config")
    {
        Description = "The configuration file: JSON, in which comments may stand. See also: godwit config schema",
        HelpName = "FILE",
        Arity = ArgumentArity.ZeroOrMore,
    };

    public ServeCommand()
        : base(Verb, About)
    {
        foreach (Option option in _flags.Options)
        {
            Options.Add(option);
        }

        Options.Add(_file);
        SetAction((parsed, cancel) => RunAsync(parsed, parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error, cancel));
    }

    /// <summary>Runs the server as the command line says, or says what is wrong with it.</summary>
    public async Task<int> RunAsync(ParseResult parsed, TextWriter output, TextWriter error, CancellationToken cancel)
    {
        var faults = new List<Fault>();
        AddUnknown(parsed, faults);
        string? file = ReadFile(parsed, faults);
        if (!LoadedConfiguration.TryLoad(_flags.Read(parsed, faults), Variables(), file, out LoadedConfiguration? configuration, faults))
        {
            await WriteAsync(error, faults);
            return ExitCode.Configuration;
        }

        try
        {
            using ListenSockets sockets = ListenSockets.Bind(configuration.Settings.Listen.Select(address => address.Value));
            await ServerHost.RunAsync(configuration, sockets, output, cancel);
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

    private string? ReadFile(ParseResult parsed, List<Fault> faults)
    {
        if (parsed.GetResult(_file) is not OptionResult given)
        {
            return null;
        }

        if (given.IdentifierTokenCount > 1 || given.Tokens.Count == 0)
        {
            faults.Add(new Fault(_file.Name, null, given.Tokens.Count == 0 ? "it has no value" : "it is given more than once", "it takes the path of one file"));
            return null;
        }

        return given.Tokens[0].Value;
    }

    private void AddUnknown(ParseResult parsed, List<Fault> faults)
    {
        string[] flags = [.. parsed.UnmatchedTokens.Where(token => token.StartsWith('-'))];

        // A bare word after an unknown flag is probably its value, and no fault of its own.
        foreach (string token in flags.Length > 0 ? flags : parsed.UnmatchedTokens)
        {
            string name = token.Split('=')[0];
            bool flag = name.StartsWith('-');
            string? nearest = flag ? NearestName.To(name, Options.Select(option => option.Name)) : null;
            faults.Add(new Fault(Fault.Shown(name), null, flag ? "there is no such flag" : "nothing takes this argument", nearest is null ? "see godwit serve --help" : $"did you mean {nearest}?"));
        }

        if (parsed.UnmatchedTokens.Count == 0)
        {
            faults.AddRange(parsed.Errors.Select(wrong => new Fault("the command line", null, wrong.Message.TrimEnd('.'), "see godwit serve --help")));
        }
    }

    private static IEnumerable<KeyValuePair<string, string>> Variables() =>
        Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().Select(variable => KeyValuePair.Create((string)variable.Key, (string?)variable.Value ?? ""));
}
