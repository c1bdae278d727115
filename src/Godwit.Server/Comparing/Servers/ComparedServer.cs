using System.Globalization;
using System.Net.Sockets;
using Godwit.Server.Measuring;
using Godwit.Server.Probes;
using Godwit.Server.Processes;

namespace Godwit.Server.Comparing.Servers;

/// <summary>A server that is read while it is measured: started here, or given by its URL.</summary>
internal sealed class ComparedServer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly ServerProcess? _process;
    private readonly IServerPlace _place;
    private readonly IReadOnlyList<KeyValuePair<string, string>> _headers;

    private ComparedServer(Uri mount, IServerPlace place, ServerProcess? process, IReadOnlyList<KeyValuePair<string, string>> headers)
    {
        (Mount, _place, _process, _headers) = (mount, place, process, headers);
    }

    /// <summary>Its mount point.</summary>
    public Uri Mount { get; }

    /// <summary>What is wrong with it; null for nothing.</summary>
    public string? Fault => _process is { UnexpectedEnd: { } code } ? string.Create(CultureInfo.InvariantCulture, $"the server that was started ended by itself with code {code}: {_process.Said.ReplaceLineEndings(" ")}") : null;

    /// <summary>The CPU time that it has used; null where that is not known.</summary>
    public TimeSpan? Cpu => _process is not null && OperatingSystem.IsLinux() && Fault is null ? ProcessClock.Of(_process.Id) : null;

    /// <summary>Its memory, and the kernel's of the whole machine; null where that is not known.</summary>
    public MemoryReading? Memory => _process is not null && OperatingSystem.IsLinux() && Fault is null ? MemoryReading.Of([_process.Id]) : null;

    /// <summary>Starts a server with logs in memory.</summary>
    /// <param name="command">The program, with the arguments that stand before its own.</param>
    /// <param name="heartbeat">How often it sends heartbeats.</param>
    /// <param name="place">Where.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="DeploymentException">It does not start.</exception>
    public static async Task<ComparedServer> StartAsync(IReadOnlyList<string> command, TimeSpan heartbeat, IServerPlace place, CancellationToken cancel)
    {
        var variables = new Dictionary<string, string>(place.Variables) { ["GODWIT_heartbeat"] = string.Create(CultureInfo.InvariantCulture, $"{heartbeat.TotalMilliseconds:F0}ms") };
        var process = ServerProcess.Start(command[0], [.. command.Skip(1), "serve", "--listen", place.Listen, .. place.NextArguments()], variables, place.End);
        try
        {
            if (!await process.GreetedAsync(Patience, cancel))
            {
                await process.EndsAsync(TimeSpan.FromSeconds(1), cancel);
                throw new DeploymentException($"the server ended instead of starting: {process.Said.ReplaceLineEndings(" ")}");
            }
        }
        catch (Exception fault)
        {
            await process.DisposeAsync();
            throw fault is TimeoutException ? new DeploymentException(string.Create(CultureInfo.InvariantCulture, $"a server did not start within {Patience.TotalSeconds} s")) : fault;
        }

        return new ComparedServer(new Uri(process.Addresses[0], "/rt"), place, process, []);
    }

    /// <summary>A server that runs, if it answers and lets a room be read.</summary>
    /// <exception cref="DeploymentException">It does not.</exception>
    public static async Task<ComparedServer> FindAsync(Uri mount, string? token, string room, CancellationToken cancel)
    {
        var server = new ComparedServer(mount, new LoopbackPlace(), process: null, token is null ? [] : [new("Authorization", $"Bearer {token}")]);
        if (await ServerCheck.FaultAsync(server.Target(room), mount, cancel) is { } fault)
        {
            throw new DeploymentException(fault);
        }

        return server;
    }

    /// <summary>A room as a client asks for it.</summary>
    public ProbeTarget Target(string room) => new() { Mount = Mount, Room = room, Headers = _headers, Keep = 4, Sockets = _place.ClientSockets, Datagrams = _place.ClientDatagrams };

    /// <summary>A room as a publisher asks for it, who is where the server is.</summary>
    public ProbeTarget PublisherTarget(string room) => Target(room) with { Sockets = _place.ServerSockets };

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _process?.DisposeAsync() ?? ValueTask.CompletedTask;
}
