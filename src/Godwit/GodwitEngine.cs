using Godwit.Administration;
using Godwit.Brokers;
using Godwit.Feeds;
using Godwit.Feeds.Pump;
using Godwit.Instruments;
using Godwit.Limits;
using Godwit.Presence;
using Godwit.Rooms;
using Godwit.Sessions.Tokens;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Godwit;

/// <summary>The rooms of one server: a broker, the feeds of the rooms that are read here, and the shards that send.</summary>
internal sealed class GodwitEngine : IAsyncDisposable
{
    private readonly IBroker _broker;
    private readonly SendingPump _pump;
    private readonly LiveFeeds _feeds;
    private readonly EngineGauges _gauges;
    private readonly SharedRates? _rates;

    /// <summary>Makes the engine over a broker, which it does not own.</summary>
    public GodwitEngine(GodwitOptions options, IBroker broker, TimeProvider time, ILogger<Attendances>? log = null)
    {
        var clock = new PumpClock(time, options.Heartbeat, options.StallLimit, options.CredentialGrace);
        _broker = broker;
        _pump = new SendingPump(clock, options.Shards ?? Environment.ProcessorCount);
        _feeds = new LiveFeeds(broker, _pump, options.FeedLinger);
        _rates = broker.HasManyServers ? new SharedRates(broker) : null;
        Limits = new CallerLimits(options.Limits, time, _rates);
        Reads = new RoomReads(_feeds, broker, _pump, Limits);
        Orders = new Orders(broker, _pump, options.RevocationLife);
        Attendances = new Attendances(broker, time, log ?? NullLogger<Attendances>.Instance);
        MemberShares = new MemberShares(options.Limits.Memberships, time);
        _gauges = new EngineGauges(this, _pump, _feeds, broker);
        Tokens = new SessionTokens(options.Session, broker, time, Orders.Revocations);
    }

    /// <summary>Where logs live.</summary>
    public IBroker Broker => _broker;

    /// <summary>The time that everything here goes by.</summary>
    public TimeProvider Time => _pump.Clock.Time;

    /// <summary>How long a client may take nothing of what is due to it.</summary>
    public TimeSpan StallLimit => TimeSpan.FromMilliseconds(_pump.Clock.StallLimit);

    /// <summary>How long what is open outlives its credential.</summary>
    public TimeSpan CredentialGrace => _pump.Clock.Grace;

    /// <summary>The reading side.</summary>
    public RoomReads Reads { get; }

    /// <summary>How often callers may do what costs others.</summary>
    public CallerLimits Limits { get; }

    /// <summary>The sessions that connections of this server keep members of rooms.</summary>
    public Attendances Attendances { get; }

    /// <summary>How many memberships each caller has here.</summary>
    public MemberShares MemberShares { get; }

    /// <summary>Who clients of sessions are.</summary>
    public SessionTokens Tokens { get; }

    /// <summary>What administrators order, and what is revoked.</summary>
    public Orders Orders { get; }

    /// <summary>How many connections, or held answers, of a transport there are.</summary>
    public long Held(ReadTransport transport) => Held(transport, Lane.Kestrel) + Held(transport, Lane.Socket) + Held(transport, Lane.Udp);

    /// <summary>The same of one lane.</summary>
    public long Held(ReadTransport transport, Lane lane) => _pump.Connections(transport, lane);

    /// <summary>Goes over all connections and held answers.</summary>
    public void Sweep(IShardSweep sweep) => _pump.Sweep(sweep);

    /// <summary>Cuts every connection off, without another word.</summary>
    public void Cut() => _pump.ForEachConnection(static connection => connection.Abort());

    /// <summary>The number of shards, each of which a sweep goes over.</summary>
    public int Shards => _pump.Shards.Count;

    /// <summary>The number of rooms that are live.</summary>
    public int LiveRooms => _feeds.Count;

    /// <summary>Whether the server is about to stop: nothing is held any more, and no stream begun.</summary>
    public bool IsDraining => _pump.IsDraining;

    /// <summary>Lets every connection and every held poll go, evenly over a window: held polls first.</summary>
    public void Drain(TimeSpan window) => _pump.Drain(window);

    /// <summary>Tells every connection and every held poll that the server stops now.</summary>
    public void Stop()
    {
        _pump.Stop();
        _feeds.PostAll();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _gauges.Dispose();
        await Attendances.DisposeAsync().ConfigureAwait(false);
        await Orders.DisposeAsync().ConfigureAwait(false);
        if (_rates is not null)
        {
            await _rates.DisposeAsync().ConfigureAwait(false);
        }

        _pump.Dispose();
    }
}
