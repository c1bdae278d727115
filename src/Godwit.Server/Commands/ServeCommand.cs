using System.CommandLine;
using Godwit.AspNetCore.Access.Tokens;
using Godwit.Redis;
using Godwit.Server.Configuration;
using Godwit.Server.Hosting;
using Godwit.Sqlite;

namespace Godwit.Server.Commands;

/// <summary><c>godwit serve</c>: runs the server until a signal stops it.</summary>
internal sealed class ServeCommand() : ConfiguredCommand(Verb, About)
{
    public const string Verb = "serve";

    private const string About =
        "Run the server. Every setting can also be given in the file, or in the environment as GODWIT_ and its path with __ between the parts; "
        + "flags beat the environment, which beats the file.";

    protected override string Consequence => "; nothing was started";

    protected override async Task<int> RunAsync(LoadedConfiguration configuration, ParseResult parsed, TextWriter output, TextWriter error, CancellationToken cancel)
    {
        if (MetricsEndpoint.Fault() is { } wrong)
        {
            await error.WriteLineAsync($"godwit: {wrong}");
            return ExitCode.Configuration;
        }

        try
        {
            using ListenSockets sockets = ListenSockets.Bind(configuration.Settings.Listen.Select(address => address.Value));
            await ServerHost.RunAsync(configuration, sockets, output, cancel);
            return ExitCode.Done;
        }
        catch (Exception fault) when (fault is ListenException or UdpPortException or KeySetException or SqliteStoreException or RedisStoreException)
        {
            await error.WriteLineAsync($"godwit: {fault.Message}");
            return ExitCode.Environment;
        }
    }
}
