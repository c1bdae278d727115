using System.Diagnostics;
using System.Text;
using Godwit.Bench.Load;

namespace Godwit.Bench.Systems;

/// <summary>The published Release build of the server, with its defaults.</summary>
/// <param name="name">What the report calls it.</param>
/// <param name="published">The folder of a build published before; null to publish the sources.</param>
internal sealed class GodwitSystem(string name, string? published) : BenchSystem(name)
{
    private const string Room = "/rt/rooms/bench";

    public override IReadOnlyList<Transport> Transports => [Transport.WebSocket, Transport.EventStream, Transport.LongPoll];

    public override string PublishPath => Room;

    public override void Build(Repository repository)
    {
        if (published is null)
        {
            repository.Publish(Path.Combine("src", "Godwit.Server"), Folder(repository));
        }
    }

    public override ProcessStartInfo Command(Repository repository, int port) =>
        new(Path.Combine(Folder(repository), "godwit"), ["--listen", $"http://127.0.0.1:{port}"]);

    public override Reader CreateReader(Transport transport, Ledger ledger, string lastPublished)
    {
        string position = Position(lastPublished);
        return transport switch
        {
            Transport.WebSocket => new WebSocketReader(ledger, UpgradeRequest($"{Room}?after={position}"), greeting: null, "{\"op\":\"joined\""u8.ToArray(), "\"offset\":"u8.ToArray()),
            Transport.EventStream => new EventStreamReader(ledger, Encoding.ASCII.GetBytes($"GET {Room}?after={position} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\r\n")),
            _ => new LongPollReader(ledger, Room, position),
        };
    }

    private static string Position(string answer)
    {
        const string Field = "\"position\":\"";
        int start = answer.IndexOf(Field, StringComparison.Ordinal) + Field.Length;
        int end = start < Field.Length ? -1 : answer.IndexOf('"', start);
        return end < 0 ? throw new BenchFault($"A publish was answered without a position: {answer}") : answer[start..end];
    }

    private string Folder(Repository repository) => published ?? repository.Output("godwit");
}
