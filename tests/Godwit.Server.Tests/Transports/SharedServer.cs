using Godwit.Rooms;
using Godwit.Server.Probes;
using Godwit.Server.Tests.Transports;

[assembly: AssemblyFixture(typeof(SharedServer))]

namespace Godwit.Server.Tests.Transports;

/// <summary>One server with the defaults for all tests that need no settings of their own, with a store that is shared two; policies go by the kind of room.</summary>
public sealed class SharedServer : IAsyncLifetime
{
    private RunningServer? _server;

    internal RunningServer Server => _server ?? throw new InvalidOperationException("The server has not started.");

    /// <summary>A room with the default policy.</summary>
    internal ProbeTarget Room() => Server.Room();

    /// <summary>A room that keeps five entries.</summary>
    internal ProbeTarget RoomOfFive() => Server.Room("five");

    /// <summary>A room that takes entries of 1 MiB and keeps 64 MiB of them.</summary>
    internal ProbeTarget RoomOfLarge() => Server.Room("large");

    /// <summary>A room in which only the newest entry matters.</summary>
    internal ProbeTarget RoomOfLatest() => Server.Room("latest");

    public async ValueTask InitializeAsync()
    {
        await TestedBroker.StartAsync();
        try
        {
            _server = await RunningServer.StartAsync(engine: Policies, withTwin: TestedBroker.IsRedis);
        }
        catch
        {
            // Nobody disposes what has not begun.
            await TestedBroker.EndAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await (_server?.DisposeAsync() ?? ValueTask.CompletedTask);
        await TestedBroker.EndAsync();
    }

    internal static void Policies(GodwitOptions options)
    {
        options.Policies.Add(new RoomPolicy { Pattern = RoomPattern.Parse("five:**"), Retention = new Retention { Entries = 5 } });
        options.Policies.Add(new RoomPolicy { Pattern = RoomPattern.Parse("large:**"), EntryBytes = 1 << 20, Retention = new Retention { Bytes = 64 << 20 } });
        options.Policies.Add(new RoomPolicy { Pattern = RoomPattern.Parse("latest:**"), Delivery = Delivery.Latest });
        options.LogMemory = 512 << 20;
    }
}
