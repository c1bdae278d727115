using Godwit.Server.Processes;
using Godwit.Server.Reaching;

namespace Godwit.Server.Comparing.Servers;

/// <summary>Where the servers of a comparison come from: they are started, or they are one that runs already.</summary>
internal abstract class ServerFleet : IAsyncDisposable
{
    /// <summary>What the names of rooms begin with.</summary>
    public const string Prefix = "compare:";

    /// <summary>What it is, for people.</summary>
    public abstract string Name { get; }

    /// <summary>Starts servers, or gives the one that runs several times.</summary>
    /// <exception cref="DeploymentException">One does not start, or does not answer.</exception>
    public abstract Task<ComparedServer[]> StartAsync(int count, TimeSpan heartbeat, CancellationToken cancel);

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();
}

/// <summary>Servers that are started, each with its logs in memory.</summary>
/// <param name="command">The program, with the arguments that stand before its own.</param>
/// <param name="place">Where.</param>
internal sealed class StartedFleet(IReadOnlyList<string> command, IServerPlace place) : ServerFleet
{
    private readonly List<ComparedServer> _servers = [];

    /// <inheritdoc/>
    public override string Name => "servers started for it, logs in memory";

    /// <inheritdoc/>
    public override async Task<ComparedServer[]> StartAsync(int count, TimeSpan heartbeat, CancellationToken cancel)
    {
        var started = new List<ComparedServer>();
        using var turns = new SemaphoreSlim(Environment.ProcessorCount);
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        Task<ComparedServer>[] starting = [.. Enumerable.Range(0, count).Select(_ => StartInTurnAsync(turns, heartbeat, failed))];
        try
        {
            await Task.WhenAll(starting);
        }
        finally
        {
            foreach (Task<ComparedServer> one in starting.Where(static one => one.IsCompletedSuccessfully))
            {
                started.Add(await one);
            }

            _servers.AddRange(started);
        }

        return [.. started];
    }

    // A program that starts has a processor busy; many that share one take twice the time for it.
    private async Task<ComparedServer> StartInTurnAsync(SemaphoreSlim turns, TimeSpan heartbeat, CancellationTokenSource failed)
    {
        await turns.WaitAsync(failed.Token);
        try
        {
            return await ComparedServer.StartAsync(command, heartbeat, place, failed.Token);
        }
        catch
        {
            // The others would fail alike, one after the other.
            await failed.CancelAsync();
            throw;
        }
        finally
        {
            turns.Release();
        }
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        foreach (ComparedServer server in _servers)
        {
            await server.DisposeAsync();
        }
    }
}

/// <summary>A server that runs already.</summary>
/// <param name="access">How it is reached.</param>
internal sealed class GivenFleet(ServerAccess access) : ServerFleet
{
    /// <inheritdoc/>
    public override string Name => access.Mount.ToString();

    /// <inheritdoc/>
    public override async Task<ComparedServer[]> StartAsync(int count, TimeSpan heartbeat, CancellationToken cancel)
    {
        ComparedServer server = await ComparedServer.FindAsync(access, Prefix + "check", cancel);
        return [.. Enumerable.Repeat(server, count)];
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
