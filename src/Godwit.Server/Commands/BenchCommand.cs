using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Godwit.Server.Configuration.Forms;
using Godwit.Server.LoadTesting;
using Godwit.Server.Probes;
using Godwit.Server.Reaching;
using Godwit.Server.Reporting;

namespace Godwit.Server.Commands;

/// <summary><c>godwit bench</c>: puts a load on a deployment and says how long entries take.</summary>
internal sealed class BenchCommand : ServerCommand
{
    private const string About =
        "Load a deployment: readers on each transport of one room, publishers at a rate or as fast as they are answered, and how long entries take, with what was lost or came twice. "
        + "Exit code 0: every reader got every acknowledged entry once; 1: not so, or nothing was acknowledged; 2: wrong usage, or it could not run. See docs/cli.md.";

    private const int MostReaders = 100_000;
    private static readonly DurationForm Durations = new(new SettingRange<TimeSpan>(TimeSpan.FromSeconds(1), TimeSpan.FromDays(1)));
    private static readonly SizeForm Sizes = new(new SettingRange<long>(LoadEntry.Least, 1 << 20));

    private readonly Argument<string> _url = new("URL") { Description = "The mount point of the deployment, with its proxies before it: http://…, https://…, or h2c://… for HTTP/2 in clear text." };
    private readonly Option<string?> _via = Text("--via", "TRANSPORTS", $"The readers, as NAME or NAME=NUMBER with commas between: {TransportNames.All}. websocket by default.");
    private readonly Option<int?> _readers = Number("--readers", "The readers on each transport that names no number (50).", 1, MostReaders);
    private readonly Option<int?> _publishers = Number("--publishers", "How many publish at a time (1).", 1, 10_000);
    private readonly Option<string?> _rate = Text("--rate", "NUMBER", "Entries a second by all publishers together, at even times; one that is late counts from when it was due. By default each publisher sends the next when the one before is acknowledged.");
    private readonly Option<string?> _duration = Formed("--duration", Durations, "How long to publish (10s).");
    private readonly Option<string?> _settle = Formed("--settle", Durations, "How long whoever is behind at the end has to catch up (10s).");
    private readonly Option<string?> _size = Formed("--size", Sizes, "The data of an entry (128B).");
    private readonly Option<string?> _room = Text("--room", "ROOM", "The room; bench: and a random name by default, so that nobody else reads it.");

    public BenchCommand()
        : base("bench", About)
    {
        Json.Description = "Print the report as one JSON object.";
        Arguments.Add(_url);
        foreach (Option option in (Option[])[_via, _readers, _publishers, _rate, _duration, _settle, _size, _room, Json, .. Server.Access])
        {
            Options.Add(option);
        }

        Validators.Add(Check);
    }

    protected override async Task<int> RunAsync(ParseResult parsed, TextWriter output, TextWriter error, CancellationToken interrupted)
    {
        ServerAccess server = Server.Read(parsed, parsed.GetValue(_url)!, "URL");
        var plan = new LoadPlan
        {
            Server = server,
            Room = ServerAccess.RequireRoom(parsed.GetValue(_room) ?? $"bench:{Guid.NewGuid():N}"),
            Audience = Audience(parsed.GetValue(_via) ?? "websocket", parsed.GetValue(_readers) ?? 50)!,
            Publishers = parsed.GetValue(_publishers) ?? 1,
            Rate = parsed.GetValue(_rate) is { } rate ? double.Parse(rate, CultureInfo.InvariantCulture) : null,
            Duration = Value(parsed, _duration, Durations, TimeSpan.FromSeconds(10)),
            Settle = Value(parsed, _settle, Durations, TimeSpan.FromSeconds(10)),
            Size = (int)Value(parsed, _size, Sizes, 128),
        };
        var run = new LoadRun(plan, TimeProvider.System)
        {
            Begins = () =>
            {
                if (!server.Mount.IsLoopback)
                {
                    error.WriteLine($"godwit: this loads {server.Mount.Host}, which is not this machine; Ctrl-C ends it.");
                }
            },
        };
        using var done = new CancellationTokenSource();
        Task progress = new ProgressLine(error, !Console.IsErrorRedirected).RunAsync(() => run.Progress, done.Token);
        LoadResult result;
        try
        {
            result = await run.RunAsync(interrupted);
        }
        finally
        {
            await done.CancelAsync();
            await progress;
        }

        await output.WriteLineAsync(parsed.GetValue(Json) ? LoadReport.Json(result) : LoadReport.Text(result));
        return result.IsWhole ? ExitCode.Done : ExitCode.Violations;
    }

    private static List<(ProbeTransport Transport, int Readers)>? Audience(string text, int unsaid)
    {
        var audience = new List<(ProbeTransport Transport, int Readers)>();
        foreach (string part in text.Split(','))
        {
            string[] halves = part.Trim().Split('=');
            int readers = unsaid;
            if (halves.Length > 2 || !TransportNames.TryParse(halves[0], out ProbeTransport transport) || audience.Exists(each => each.Transport == transport)
                || (halves.Length == 2 && (!int.TryParse(halves[1], NumberStyles.None, CultureInfo.InvariantCulture, out readers) || readers is < 1 or > MostReaders)))
            {
                return null;
            }

            audience.Add((transport, readers));
        }

        return audience;
    }

    private void Check(CommandResult result)
    {
        if (result.GetResult(_via) is { Tokens: [{ Value: var via }] } && Audience(via, 1) is null)
        {
            result.AddError($"--via: it takes transports, each once, as NAME or NAME=NUMBER with commas between; the names are {TransportNames.All}.");
        }

        if (result.GetResult(_rate) is { Tokens: [{ Value: var rate }] } && (!double.TryParse(rate, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number) || number is not (>= 0.001 and <= 1_000_000)))
        {
            result.AddError("--rate: it takes a number of entries a second, from 0.001 to 1000000.");
        }
    }
}
