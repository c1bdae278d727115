using System.Diagnostics.Metrics;
using System.Reflection;
using System.Text.RegularExpressions;
using Godwit.AspNetCore;
using Godwit.AspNetCore.Access.Tokens;
using Godwit.Brokers;
using Godwit.Brokers.Memory;
using Godwit.Instruments;
using Godwit.Redis.Instruments;
using Godwit.Rooms;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Godwit.Server.Tests.Instruments;

/// <summary>docs/observability.md lists what there is: no metric and no event is missing, and none is of another name, unit or level.</summary>
public sealed partial class ObservabilityTests
{
    private static readonly Lazy<string> Document = new(static () => File.ReadAllText(Path.Combine(Root(), "docs", "observability.md")));

    [Fact]
    public async Task Every_metric_stands_in_the_document_with_its_unit_and_kind()
    {
        var instruments = new Dictionary<string, string>();
        await using var broker = new MemoryBroker(new RoomPolicies([]), TimeProvider.System, 1 << 20);
        await using var engine = new GodwitEngine(new GodwitOptions(), broker, TimeProvider.System);
        using var keys = new KeySets(new AccessOptions(), TimeProvider.System, NullLogger<KeySets>.Instance);
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (instrument.Meter.Name == GodwitMeter.Name)
                {
                    Assert.NotEqual("", instrument.Description);
                    instruments[instrument.Name] = $"{instrument.Unit} {Kind(instrument)}";
                }
            },
        };
        _ = GodwitMeter.TimesDeliveries;
        _ = RedisMeter.TimesCalls;
        using var gauges = new RedisGauges(static () => false, static () => 0);
        listener.Start();

        Assert.NotEmpty(instruments);
        Assert.Equal(
            instruments.OrderBy(static pair => pair.Key).Select(static pair => $"{pair.Key} {pair.Value}"),
            MetricRow().Matches(Document.Value).Select(static row => $"{row.Groups["name"].Value} {row.Groups["unit"].Value} {row.Groups["kind"].Value}").Order());
    }

    [Fact]
    public void Every_log_event_stands_in_the_document_with_its_category_number_and_level()
    {
        var events = new List<string>();
        foreach (Assembly assembly in new[] { typeof(GodwitEngine).Assembly, typeof(AspNetCore.GodwitHttpOptions).Assembly, typeof(Server.Commands.GodwitCommand).Assembly, typeof(Sqlite.SqliteBroker).Assembly, typeof(Redis.RedisBroker).Assembly, typeof(WebRtc.Peers.PeerServer).Assembly })
        {
            foreach (MethodInfo method in assembly.GetTypes().SelectMany(static type => type.GetMethods(BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)))
            {
                if (method.GetCustomAttribute<LoggerMessageAttribute>() is { } log)
                {
                    Type category = method.DeclaringType!.DeclaringType ?? method.DeclaringType!;
                    category = category.Assembly == typeof(Sqlite.SqliteBroker).Assembly ? typeof(Sqlite.SqliteBroker) : category.Assembly == typeof(Redis.RedisBroker).Assembly ? typeof(Redis.RedisBroker) : category.Assembly == typeof(WebRtc.Peers.PeerServer).Assembly ? typeof(WebRtc.Peers.PeerServer) : category;
                    events.Add($"{log.EventName} {category.FullName} {log.EventId} {log.Level}");
                }
            }
        }

        Assert.NotEmpty(events);
        Assert.Equal(events.Order(), EventRow().Matches(Document.Value).Select(static row => $"{row.Groups["name"].Value} {row.Groups["category"].Value} {row.Groups["id"].Value} {row.Groups["level"].Value}").Order());
        Assert.Distinct(events.Select(static one => one.Split(' ')[0]));
        Assert.Distinct(events.Select(static one => string.Join(' ', one.Split(' ')[1..3])));
    }

    private static string Kind(Instrument instrument) => instrument.GetType().Name.Split('`')[0] switch
    {
        "Counter" or "ObservableCounter" => "counter",
        "Histogram" => "histogram",
        _ => "gauge",
    };

    private static string Root()
    {
        string directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "Godwit.slnx")))
        {
            directory = Path.GetDirectoryName(directory)!;
        }

        return directory;
    }

    [GeneratedRegex(@"^\| `(?<name>godwit\.[a-z._]+)` \| (?<kind>counter|gauge|histogram) \| `(?<unit>[^`]+)` \|", RegexOptions.Multiline)]
    private static partial Regex MetricRow();

    [GeneratedRegex(@"^\| `(?<name>[A-Za-z]+)` \| (?<level>Trace|Debug|Information|Warning|Error|Critical) \| `(?<category>[A-Za-z.]+)` (?<id>\d+) \|", RegexOptions.Multiline)]
    private static partial Regex EventRow();
}
