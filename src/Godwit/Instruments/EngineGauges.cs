using System.Diagnostics.Metrics;
using Godwit.Brokers;
using Godwit.Brokers.Memory;
using Godwit.Feeds;
using Godwit.Feeds.Pump;

namespace Godwit.Instruments;

/// <summary>What an engine has at a time. Everything is looked up when it is asked for.</summary>
internal sealed class EngineGauges : IDisposable
{
    private readonly Meter _meter;

    /// <summary>Begins to tell.</summary>
    public EngineGauges(GodwitEngine engine, SendingPump pump, LiveFeeds feeds, IBroker broker)
    {
        _meter = GodwitMeter.Of(engine);
        _meter.CreateObservableUpDownCounter("godwit.connections", () => Held(pump), "{connection}", "Streams, WebSockets, and polls that are held.");
        _meter.CreateObservableCounter("godwit.entries.delivered", () => Delivered(pump), "{entry}", "Entries on their way to clients.");
        _meter.CreateObservableUpDownCounter("godwit.sessions", () => (long)engine.Limits.Sessions.Count, "{session}", "Sessions of users that are live.");
        _meter.CreateObservableUpDownCounter("godwit.members", () => (long)engine.Attendances.Count, "{member}", "Members of rooms that connections here keep; a session counts in each of its rooms.");
        _meter.CreateObservableUpDownCounter("godwit.rooms.live", () => (long)feeds.Count, "{room}", "Rooms that are live here.");
        _meter.CreateObservableUpDownCounter("godwit.rooms.degraded", () => (long)feeds.Degraded, "{room}", "Live rooms of which the store does not answer.");
        _meter.CreateObservableUpDownCounter("godwit.store.reads", () => (long)feeds.Gate.Open, "{read}", "Reads at the store that are under way; 64 at a time.");
        _meter.CreateObservableUpDownCounter("godwit.memory.tails", () => feeds.TailBudget.Used, "By", "Recent entries, framed for readers.");
        _meter.CreateObservableUpDownCounter("godwit.memory.answers", () => engine.Reads.Answers.Held, "By", "Large answers on their way to clients.");
        _meter.CreateObservableUpDownCounter("godwit.revocations", () => (long)engine.Orders.Revocations.Count, "{revocation}", "Revocations that are remembered.");
        if (broker is MemoryBroker memory)
        {
            _meter.CreateObservableUpDownCounter("godwit.memory.logs", () => memory.MemoryUsed, "By", "Entries and keys of logs in memory.");
            _meter.CreateObservableUpDownCounter("godwit.store.rooms", () => (long)memory.RoomCount, "{room}", "Rooms that the store in memory has a record of.");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    private static IEnumerable<Measurement<long>> Held(SendingPump pump)
    {
        for (ReadTransport transport = 0; transport < ReadTransport.ShortPoll; transport++)
        {
            for (Lane lane = 0; (int)lane < Lanes.Count; lane++)
            {
                if (transport.CanBeOn(lane))
                {
                    yield return new Measurement<long>(pump.Connections(transport, lane), Name(transport), new("lane", lane.Name()));
                }
            }
        }
    }

    private static IEnumerable<Measurement<long>> Delivered(SendingPump pump)
    {
        for (ReadTransport transport = 0; (int)transport < ReadTransports.Count; transport++)
        {
            yield return new Measurement<long>(pump.Entries(transport), Name(transport));
        }
    }

    private static KeyValuePair<string, object?> Name(ReadTransport transport) => new("transport", transport.Name());
}
