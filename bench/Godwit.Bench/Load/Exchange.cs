using System.Text;
using System.Text.Json;
using Godwit.Bench.Measure;
using Godwit.Bench.Report;
using Godwit.Bench.Systems;

namespace Godwit.Bench.Load;

/// <summary>What one request costs the server: a session exchange over many quiet rooms beside a poll of one, answered at once and held until the time is up.</summary>
/// <remarks>The two take turns within a round on one server, so that they are compared under the same conditions.</remarks>
internal static class Exchange
{
    public const string Name = "exchange";

    private const int Rooms = 20;
    private const int ShortConnections = 16;
    private const int ShortTimes = 1_000;
    private const int HeldConnections = 500;
    private const int HeldTimes = 10;
    private const string HeldWait = "0.3";

    // So many of each, by turns, until what they cost does not fall any more: tiered compilation goes on in the background.
    private const int WarmUp = 5;

    /// <summary>Measures and returns the report, as Markdown.</summary>
    public static string Measure(IReadOnlyList<BenchSystem> systems, Repository repository, BenchOptions options, CancellationToken cancel)
    {
        StringBuilder report = new();
        report.AppendLine($"## exchange: server CPU per request, median of {options.Rounds} rounds (least to greatest)").AppendLine()
            .AppendLine($"| system | | poll of 1 room | exchange over {Rooms} rooms | ratio |").AppendLine("|---|---|---|---|---|");
        foreach (BenchSystem system in systems)
        {
            using ServerProcess server = new(system, repository, cancel);
            Compare(report, system.Name, "short", server, ShortConnections, ShortTimes, wait: null, options.Rounds, cancel);
            Compare(report, system.Name, $"held for {HeldWait} s", server, HeldConnections, HeldTimes, HeldWait, options.Rounds, cancel);
        }

        return report.ToString();
    }

    private static void Compare(StringBuilder report, string system, string form, ServerProcess server, int connections, int times, string? wait, int rounds, CancellationToken cancel)
    {
        using RequestLoop loop = new(server.Port, connections);
        string rooms = string.Join(',', Enumerable.Range(0, Rooms).Select(static room => $"\"bench:room-{room:00}\":\"now\""));
        using JsonDocument first = JsonDocument.Parse(loop.Ask(Post($$$"""{"rooms":{{{{rooms}}}} }""")));
        JsonElement positions = first.RootElement.GetProperty("rooms");
        string session = first.RootElement.GetProperty("session").GetString()!;
        string position = positions.GetProperty("bench:room-00").GetString()!;
        byte[] poll = Encoding.ASCII.GetBytes($"GET /rt/rooms/bench:room-00?after={position}{(wait is null ? "" : $"&wait={wait}")} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");

        // A session has few exchanges held for a room at a time, and these are many clients: each begins one of its own.
        string presented = wait is null ? $"\"session\":\"{session}\"," : "";
        byte[] exchange = Post($$"""{{{presented}}"rooms":{{positions.GetRawText()}}{{(wait is null ? "" : $",\"wait\":{wait}")}} }""");
        List<double> polls = [], exchanges = [], ratios = [];
        for (int i = 0; i < WarmUp; i++)
        {
            loop.Run(poll, times, cancel);
            loop.Run(exchange, times, cancel);
        }

        for (int round = 0; round < rounds; round++)
        {
            bool isFirst = round % 2 == 0;
            double a = Cost(isFirst ? poll : exchange);
            double b = Cost(isFirst ? exchange : poll);
            polls.Add(isFirst ? a : b);
            exchanges.Add(isFirst ? b : a);
            ratios.Add(exchanges[^1] / polls[^1]);
            Console.Error.WriteLine($"round {round + 1} exchange {system} {form}: poll {polls[^1]:0.0} µs, exchange {exchanges[^1]:0.0} µs");
        }

        report.AppendLine($"| {system} | {form} | {Text(polls)} µs | {Text(exchanges)} µs | {Text(ratios)} |");

        double Cost(byte[] request)
        {
            server.WaitUntilQuiet(cancel);
            CpuReading start = CpuReading.Of(server.Id);
            loop.Run(request, times, cancel);
            server.WaitUntilQuiet(cancel);
            return CpuReading.Of(server.Id).Since(start).Total / (connections * (double)times);
        }
    }

    private static string Text(IEnumerable<double> values)
    {
        Statistics statistics = Statistics.Of(values);
        return $"{statistics.Median:0.00} ({statistics.Least:0.00} to {statistics.Greatest:0.00})";
    }

    private static byte[] Post(string body) =>
        Encoding.ASCII.GetBytes($"POST /rt/session HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}");
}
