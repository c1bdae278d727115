using System.Collections;
using System.CommandLine;
using System.CommandLine.Parsing;
using Godwit.Server.Configuration;

namespace Godwit.Server.Commands;

/// <summary>A command that begins with the configuration: all of them take the same flags, file and environment.</summary>
internal abstract class ConfiguredCommand : Command
{
    private readonly SettingFlags _flags = new(GodwitSettings.Table);
    private readonly Option<string[]> _file = new("--config")
    {
        Description = "The configuration file: JSON, in which comments may stand. See also: godwit config schema",
        HelpName = "FILE",
        Arity = ArgumentArity.ZeroOrMore,
    };

    /// <summary>Makes the command with the flags of every setting.</summary>
    protected ConfiguredCommand(string name, string about)
        : base(name, about)
    {
        foreach (Option option in _flags.Options)
        {
            Options.Add(option);
        }

        Options.Add(_file);
        SetAction((parsed, cancel) => RunAsync(parsed, parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error, cancel));
    }

    /// <summary>What a fault keeps from happening, to end the line that counts them with.</summary>
    protected abstract string Consequence { get; }

    /// <summary>How to ask for its flags.</summary>
    protected virtual string Usage => $"godwit {Name} --help";

    /// <summary>Runs the command, or says what is wrong with its configuration.</summary>
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

        return await RunAsync(configuration, parsed, output, error, cancel);
    }

    /// <summary>Runs the command with a configuration that is in order.</summary>
    protected abstract Task<int> RunAsync(LoadedConfiguration configuration, ParseResult parsed, TextWriter output, TextWriter error, CancellationToken cancel);

    private async Task WriteAsync(TextWriter error, List<Fault> faults)
    {
        if (faults.Count == 1)
        {
            await error.WriteLineAsync($"godwit: {faults[0]}");
            return;
        }

        await error.WriteLineAsync($"godwit: {faults.Count} faults in the configuration{Consequence}.");
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
            faults.Add(new Fault(Fault.Shown(name), null, flag ? "there is no such flag" : "nothing takes this argument", nearest is null ? $"see {Usage}" : $"did you mean {nearest}?"));
        }

        if (parsed.UnmatchedTokens.Count == 0)
        {
            faults.AddRange(parsed.Errors.Select(wrong => new Fault("the command line", null, wrong.Message.TrimEnd('.'), $"see {Usage}")));
        }
    }

    private static IEnumerable<KeyValuePair<string, string>> Variables() =>
        Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().Select(variable => KeyValuePair.Create((string)variable.Key, (string?)variable.Value ?? ""));
}
