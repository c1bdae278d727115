using System.Text;
using System.Text.Json;
using Godwit.Bench.Generator;
using Godwit.Bench.Measure;
using Godwit.Bench.Report;
using Godwit.Bench.Systems;
using Godwit.Server.Measuring;

namespace Godwit.Bench.Loads;

/// <summary>What one request costs the server: a session exchange over many quiet rooms beside a poll of one, answered at once and held until the time is up.</summary>
/// <remarks>The two take turns on one server, so that they are compared under the same conditions.</remarks>
internal sealed class Exchange() : BenchLoad("exchange")
{
    public const string Held = "exchange-held";

    private const int Rooms = 20;
    private const int ShortConnections = 16;
    private const int ShortTimes = 1_000;
    private const int HeldConnections = 500;
    private const int HeldTimes = 10;
    private const string HeldWait = "0.3";

    // So many of each, by turns, until what they cost does not fall any more: tiered compilation goes on in the background.
    private const int WarmUp = 5;

    public override string Summary => "a session exchange over quiet rooms beside a poll of one, of Godwit alone";

    public override IEnumerable<Transport> TransportsOf(BenchSystem system) => system is GodwitSystem ? system.Transports.Where(static one => one == Transport.LongPoll) : [];

    public override IEnumerable<Part> Measure(BenchSystem system, Transport transport, BenchContext context)
    {
        using ServerProcess server = new(system, context);
        int part = context.Options.IsTiny ? 50 : 1;
        yield return new Part(Name, ShortConnections, Compare(server, ShortConnections, ShortTimes / part, wait: null, context.Cancel));
        yield return new Part(Held, HeldConnections, Compare(server, HeldConnections / part, Math.Max(1, HeldTimes / part), HeldWait, context.Cancel));
    }

    public override IEnumerable<Table> Tables(BenchOptions options)
    {
        IReadOnlyList<Column> columns = [new("poll of 1 room, CPU µs", Figure.PollCpu, "0.0"), new($"exchange over {Rooms} quiet rooms, CPU µs", Figure.ExchangeCpu, "0.0"), new("ratio", Figure.ExchangeRatio, "0.00")];
        yield return new Table(Name, $"Exchange, answered at once: server CPU per request on {ShortConnections} connections", columns);
        yield return new Table(Held, $"Exchange, held for {HeldWait} s: server CPU per request on {HeldConnections} connections", columns);
    }

    private static Dictionary<string, double> Compare(ServerProcess server, int connections, int times, string? wait, CancellationToken cancel)
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
        for (int i = 0; i < WarmUp; i++)
        {
            loop.Run(poll, times, cancel);
            loop.Run(exchange, times, cancel);
        }

        double pollCost = Cost(poll);
        double exchangeCost = Cost(exchange);
        return new Dictionary<string, double> { [Figure.PollCpu] = pollCost, [Figure.ExchangeCpu] = exchangeCost, [Figure.ExchangeRatio] = exchangeCost / pollCost };

        double Cost(byte[] request)
        {
            server.WaitUntilQuiet();
            CpuReading start = CpuReading.Of(server.Processes);
            loop.Run(request, times, cancel);
            server.WaitUntilQuiet();
            return CpuReading.Of(server.Processes).Since(start).Total / (connections * (double)times);
        }
    }

    private static byte[] Post(string body) =>
        Encoding.ASCII.GetBytes($"POST /rt/session HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}");
}
