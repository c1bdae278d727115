using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Godwit.Bench.Generator;

namespace Godwit.Bench.Systems;

/// <summary>The published Release build of the server, with its defaults.</summary>
/// <param name="name">What the report calls it.</param>
/// <param name="build">Which build.</param>
internal class GodwitSystem(string name, GodwitBuild build) : BenchSystem(name)
{
    /// <summary>The room that is read.</summary>
    public const string Room = "bench";

    protected const string BenchPath = "/rt/rooms/" + Room;

    private static readonly WebSocketDialect s_dialect = new("\"offset\":"u8.ToArray()) { Welcome = "{\"op\":\"joined\""u8.ToArray() };

    /// <summary>Settings of the server beside its defaults, by the names of environment variables.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>The transports that it is measured on, where not all.</summary>
    public IReadOnlyList<Transport> MeasuredOn { get; init; } = [Transport.WebSocket, Transport.SecureWebSocket, Transport.EventStream, Transport.LongPoll];

    /// <summary>What is said of it in the report.</summary>
    public string Remark { get; init; } = "the published Release build, JIT, its defaults";

    public override IReadOnlyList<Transport> Transports => MeasuredOn;

    public override PublishForm Publishing { get; } = new(BenchPath);

    public override PublishForm? Batching => new PublishBatch("/rt/publish", 50, static _ => Room);

    public override bool Resumes => true;

    public override string? ReadyPath => "/readyz";

    public override bool Shares => true;

    public override IReadOnlyDictionary<string, string>? SharedBy(RedisServer redis) => new Dictionary<string, string> { ["GODWIT_redis__servers__0"] = redis.Address };

    public override string RoomPath(string room) => "/rt/rooms/" + room;

    public override Reader CreateRoomReader(string room, Ledger ledger) => new WebSocketReader(ledger, UpgradeRequest($"/rt/rooms/{room}?after=now"), s_dialect);

    public override string Describe(Repository repository) => Remark;

    public override string? Missing(Repository repository) => build switch
    {
        GodwitBuild.Folder { Path: var folder } when !Directory.Exists(folder) => $"the folder {folder}",
        not GodwitBuild.Folder when Settings.ContainsKey("GODWIT_connections__socketLane") && !File.ReadAllText(Path.Combine(repository.Root, "docs", "config.schema.json")).Contains("\"socketLane\"", StringComparison.Ordinal) => "the setting connections.socketLane, which this checkout does not have yet",
        GodwitBuild.Aot when repository.TryRun("gcc", "-dumpfullversion") is null => "gcc, which links the program: bench/install-peers, or apt-get install gcc libc6-dev",
        _ => null,
    };

    public override void Build(Repository repository)
    {
        string project = Path.Combine("src", "Godwit.Server");
        switch (build)
        {
            case GodwitBuild.Jit:
                repository.Publish(project, build.Name);
                break;
            case GodwitBuild.Aot:
                // Built apart from the solution, whose output has another form.
                repository.Publish(project, build.Name, "-p:PublishAot=true", "-p:CppCompilerAndLinker=gcc", $"-p:ArtifactsPath={repository.Output("ahead-of-time")}");
                break;
        }
    }

    /// <summary>The program, which has other commands than the server.</summary>
    public string Program(Repository repository) => build is GodwitBuild.Folder { Path: var folder }
        ? Path.Combine(folder, File.Exists(Path.Combine(folder, "godwit")) ? "godwit" : "Godwit.Server")
        : repository.Program(build.Name, "godwit");

    public override ProcessStartInfo Command(Repository repository, int port, int securePort)
    {
        ProcessStartInfo command = new(Program(repository), ["--listen", $"http://127.0.0.1:{port}"]);
        if (securePort != 0 && MeasuredOn.Contains(Transport.SecureWebSocket))
        {
            (string certificate, string key) = repository.Certificate;
            foreach (string argument in (string[])["--listen", $"https://127.0.0.1:{securePort}", "--tls-cert", certificate, "--tls-key", key])
            {
                command.ArgumentList.Add(argument);
            }
        }

        foreach ((string setting, string value) in Settings)
        {
            command.Environment[setting] = value;
        }

        return command;
    }

    public override Reader CreateReader(Transport transport, Ledger ledger, int index, string lastPublished)
    {
        string position = Position(lastPublished);
        return transport switch
        {
            Transport.EventStream => new EventStreamReader(ledger, Encoding.ASCII.GetBytes($"GET {BenchPath}?after={position} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\r\n")),
            Transport.LongPoll => new LongPollReader(ledger, BenchPath, position),
            _ => new WebSocketReader(ledger, UpgradeRequest($"{BenchPath}?after={position}", ReaderFields(index)), s_dialect),
        };
    }

    public override long? ManagedHeap(int port)
    {
        const string Metric = "dotnet_gc_last_collection_heap_size_bytes{";
        using HttpClient http = new();
        string metrics = http.GetStringAsync($"http://127.0.0.1:{port}/metrics").GetAwaiter().GetResult();
        double[] generations = [.. metrics.Split('\n').Where(static line => line.StartsWith(Metric, StringComparison.Ordinal))
            .Select(static line => double.Parse(line[(line.IndexOf("} ", StringComparison.Ordinal) + 2)..].Split(' ')[0], CultureInfo.InvariantCulture))];
        return generations.Length == 0 ? null : (long)generations.Sum();
    }

    /// <summary>Fields of the upgrade request of a reader.</summary>
    protected virtual string ReaderFields(int index) => "";

    private static string Position(string answer)
    {
        const string Field = "\"position\":\"";
        int start = answer.LastIndexOf(Field, StringComparison.Ordinal) + Field.Length;
        int end = start < Field.Length ? -1 : answer.IndexOf('"', start);
        return end < 0 ? throw new BenchFault($"A publish was answered without a position: {answer}") : answer[start..end];
    }
}
