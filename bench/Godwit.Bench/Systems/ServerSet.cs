namespace Godwit.Bench.Systems;

/// <summary>Several servers of one system that share a Redis. Disposing ends all of them.</summary>
internal sealed class ServerSet : IDisposable
{
    private readonly List<ServerProcess> _servers = [];

    /// <summary>Starts them, one after the other.</summary>
    public ServerSet(BenchSystem system, BenchContext context, int count, IReadOnlyDictionary<string, string>? environment = null)
    {
        Redis = new RedisServer(context);
        try
        {
            Dictionary<string, string> settings = new(system.SharedBy(Redis)!);
            foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
            {
                settings[name] = value;
            }

            for (int i = 0; i < count; i++)
            {
                _servers.Add(new ServerProcess(system, context, settings));
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>What they share.</summary>
    public RedisServer Redis { get; }

    /// <summary>The servers.</summary>
    public IReadOnlyList<ServerProcess> Servers => _servers;

    /// <summary>Waits until all of them do next to nothing, though not for ever.</summary>
    public void WaitUntilQuiet() => _servers.ForEach(static server => server.WaitUntilQuiet());

    public void Dispose()
    {
        _servers.ForEach(static server => server.Dispose());
        Redis.Dispose();
    }
}
