using System.Globalization;
using System.Net.Sockets;
using Godwit.Server.Measuring;
using Godwit.Server.Probes;
using Godwit.Server.Processes;
using Godwit.Server.Reaching;

namespace Godwit.Server.Comparing.Servers;

/// <summary>A server that is read while it is measured: started here, or given by its URL.</summary>
internal sealed class ComparedServer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private const int MostLitter = 60;

    private static readonly HttpClient Client = new(new SocketsHttpHandler { UseProxy = false });

    private readonly ServerProcess? _process;
    private readonly IServerPlace _place;
    private readonly ServerAccess _access;

    private ComparedServer(ServerAccess access, IServerPlace place, ServerProcess? process)
    {
        (_access, _place, _process) = (access, place, process);
    }

    /// <summary>Its mount point.</summary>
    public Uri Mount => _access.Mount;

    private bool IsNear => _process is not null && _place.End is null && Fault is null;

    /// <summary>What is wrong with it; null for nothing.</summary>
    public string? Fault => _process is { UnexpectedEnd: { } code } ? string.Create(CultureInfo.InvariantCulture, $"the server that was started ended by itself with code {code}: {_process.Said.ReplaceLineEndings(" ")}") : null;

    /// <summary>The CPU time that it has used; null where that is not known.</summary>
    public TimeSpan? Cpu => _process is not null && OperatingSystem.IsLinux() && Fault is null ? ProcessClock.Of(_process.Id) : null;

    /// <summary>Its memory, and the kernel's of the whole machine; null where that is not known.</summary>
    public MemoryReading? Memory => _process is not null && OperatingSystem.IsLinux() && Fault is null ? MemoryReading.Of([_process.Id]) : null;

    /// <summary>What its runtime says; null where that is not known: of one that was not started here, and over a link, at whose end nobody is local.</summary>
    public async Task<RuntimeReading?> RuntimeAsync(CancellationToken cancel)
    {
        if (!IsNear)
        {
            return null;
        }

        try
        {
            return RuntimeReading.Parse(await Client.GetStringAsync(new Uri(Mount, "/metrics"), cancel));
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    /// <summary>Sees to it that so much has been allocated since an earlier reading that the server finds a collection worth it.</summary>
    /// <returns>What its runtime says then; null where that is not known.</returns>
    public async Task<RuntimeReading?> LitterAsync(string room, RuntimeReading since, CancellationToken cancel)
    {
        // A long request leaves some 20 KiB behind, whatever is answered.
        var address = new Uri(string.Create(CultureInfo.InvariantCulture, $"{Mount}/rooms/{room}?after=now&nothing={new string('x', 5000)}"));
        RuntimeReading? now = await RuntimeAsync(cancel);
        for (int i = 0; now?.Allocated - since.Allocated < RuntimeReading.Enough && i < MostLitter; i++)
        {
            try
            {
                for (int j = 0; j < 100; j++)
                {
                    using HttpResponseMessage answer = await Client.GetAsync(address, cancel);
                }
            }
            catch (HttpRequestException)
            {
                return null;
            }

            now = await RuntimeAsync(cancel);
        }

        return now;
    }

    /// <summary>Starts a server with logs in memory.</summary>
    /// <param name="command">The program, with the arguments that stand before its own.</param>
    /// <param name="heartbeat">How often it sends heartbeats.</param>
    /// <param name="place">Where.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="DeploymentException">It does not start.</exception>
    public static async Task<ComparedServer> StartAsync(IReadOnlyList<string> command, TimeSpan heartbeat, IServerPlace place, CancellationToken cancel)
    {
        var variables = new Dictionary<string, string>(place.Variables)
        {
            ["GODWIT_heartbeat"] = string.Create(CultureInfo.InvariantCulture, $"{heartbeat.TotalMilliseconds:F0}ms"),

            // Memory is read twice, each time after a collection; that one took long since all servers collect at once is no reason to rest.
            ["GODWIT_memory__collectRest"] = "10",
        };
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

        return new ComparedServer(new ServerAccess { Mount = new Uri(process.Addresses[0], "/rt") }, place, process);
    }

    /// <summary>A server that runs, if it answers and lets a room be read.</summary>
    /// <exception cref="DeploymentException">It does not.</exception>
    public static async Task<ComparedServer> FindAsync(ServerAccess access, string room, CancellationToken cancel)
    {
        var server = new ComparedServer(access, new LoopbackPlace(), process: null);
        if (await ServerCheck.FaultAsync(server.Target(room), access.Mount, cancel) is { } fault)
        {
            throw new DeploymentException(fault);
        }

        return server;
    }

    /// <summary>A room as a client asks for it.</summary>
    public ProbeTarget Target(string room) => _access.Room(room) with { Sockets = _place.ClientSockets, Datagrams = _place.ClientDatagrams };

    /// <summary>A room as a publisher asks for it, who is where the server is.</summary>
    public ProbeTarget PublisherTarget(string room) => Target(room) with { Sockets = _place.ServerSockets };

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _process?.DisposeAsync() ?? ValueTask.CompletedTask;
}
