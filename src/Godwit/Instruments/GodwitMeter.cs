using System.Diagnostics.Metrics;
using Godwit.Brokers;
using Godwit.Feeds.Pump;
using Godwit.Protocol;

namespace Godwit.Instruments;

/// <summary>What happens in the process: the events that the meter <c>Godwit</c> counts. What is there at a time is told by <see cref="EngineGauges"/>, of each engine.</summary>
/// <remarks>While nobody listens an event costs a look at a field. docs/observability.md has the same names, units and meanings; a test compares.</remarks>
internal static class GodwitMeter
{
    /// <summary>The name of the meters.</summary>
    public const string Name = "Godwit";

    private static readonly Meter Meter = new(Name);

    private static readonly Counter<long> Publishes = Meter.CreateCounter<long>("godwit.entries.published", "{entry}", "Publishes that the store answered, by outcome.");
    private static readonly Counter<long> Verdicts = Meter.CreateCounter<long>("godwit.verdicts", "{verdict}", "Verdicts of places that readers presented, and of readers whose room changed under them.");
    private static readonly Counter<long> Refusals = Meter.CreateCounter<long>("godwit.refusals", "{refusal}", "Requests, lines and frames that were refused, by code.");
    private static readonly Counter<long> Ends = Meter.CreateCounter<long>("godwit.connections.ended", "{connection}", "Connections that the server ended, by code.");
    private static readonly Counter<long> Limits = Meter.CreateCounter<long>("godwit.limits.hit", "{hit}", "How often a limit was hit, by limit.");
    private static readonly Histogram<double> Deliveries = Meter.CreateHistogram(
        "godwit.delivery.duration",
        "s",
        "From the moment at which a room's feed has an entry until all readers of the room on a shard were sent it, or have more to take first.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5] });

    private static readonly KeyValuePair<string, object?>[] VerdictTags = [new("verdict", "ok"), new("verdict", "gap"), new("verdict", "reset")];

    /// <summary>Whether an instrument has a value for each code, of which there are many.</summary>
    public static bool IsByCode(Instrument instrument) => instrument == Refusals || instrument == Ends;

    /// <summary>Whether anybody wants to know how long deliveries take.</summary>
    public static bool TimesDeliveries => Deliveries.Enabled;

    /// <summary>The store answered a publish.</summary>
    public static void Published(AppendOutcome outcome) => Publishes.Add(1, new KeyValuePair<string, object?>("outcome", outcome switch
    {
        AppendOutcome.Stored => "stored",
        AppendOutcome.Duplicate => "duplicate",
        _ => "key_reused",
    }));

    /// <summary>A place was judged, or several at once.</summary>
    public static void Judged(Verdict verdict, int count = 1) => Verdicts.Add(count, VerdictTags[verdict switch { Verdict.Ok => 0, Verdict.Gap => 1, _ => 2 }]);

    /// <summary>Something was refused.</summary>
    public static void Refused(ErrorCode code) => Refusals.Add(1, new KeyValuePair<string, object?>("code", code.Code));

    /// <summary>The server ended a connection.</summary>
    public static void Ended(ErrorCode code) => Ends.Add(1, new KeyValuePair<string, object?>("code", code.Code));

    /// <summary>A limit was hit.</summary>
    public static void Hit(string limit) => Limits.Add(1, new KeyValuePair<string, object?>("limit", limit));

    /// <summary>The readers of a room on a shard were sent what waited.</summary>
    public static void Delivered(TimeSpan duration) => Deliveries.Record(duration.TotalSeconds);

    /// <summary>A meter for what one thing has, to be disposed with it.</summary>
    public static Meter Of(object owner) => new(new MeterOptions(Name) { Scope = owner });
}
