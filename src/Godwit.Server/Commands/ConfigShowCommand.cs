using System.CommandLine;
using Godwit.Server.Configuration;

namespace Godwit.Server.Commands;

/// <summary><c>godwit config show</c>: prints every setting with its value and where that comes from.</summary>
internal sealed class ConfigShowCommand : ConfiguredCommand
{
    private readonly Option<bool> _json = new("--json") { Description = "Print a configuration file that says the same, with every setting, but no secrets." };

    public ConfigShowCommand()
        : base("show", "Show every setting with its value and its source, and each policy in full. Secrets are not shown.")
    {
        Options.Add(_json);
    }

    protected override string Consequence => "";

    protected override string Usage => "godwit config show --help";

    protected override async Task<int> RunAsync(LoadedConfiguration configuration, ParseResult parsed, TextWriter output, TextWriter error, CancellationToken cancel)
    {
        if (!parsed.GetValue(_json))
        {
            await output.WriteAsync(ConfigurationTable.Print(configuration));
            return ExitCode.Done;
        }

        await output.WriteAsync(configuration.ToJson());
        foreach (string path in configuration.NotInJson)
        {
            await error.WriteLineAsync($"godwit: {path} is set, and is a secret: it is not among what was printed.");
        }

        return ExitCode.Done;
    }
}
