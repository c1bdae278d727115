using System.CommandLine;
using Godwit.Server.Configuration;

namespace Godwit.Server.Commands;

/// <summary><c>godwit config check</c>: says whether the server would start with this configuration.</summary>
internal sealed class ConfigCheckCommand() : ConfiguredCommand("check", "Check the configuration as godwit serve would, with the same file, flags and environment; report all faults at once.")
{
    protected override string Consequence => "";

    protected override string Usage => "godwit config check --help";

    protected override async Task<int> RunAsync(LoadedConfiguration configuration, ParseResult parsed, TextWriter output, TextWriter error, CancellationToken cancel)
    {
        await output.WriteLineAsync("The configuration is in order.");
        return ExitCode.Done;
    }
}
