using System.CommandLine;
using System.CommandLine.Parsing;
using Godwit.Protocol;
using Godwit.Server.Configuration.Forms;
using Godwit.Server.Following;
using Godwit.Server.Probes;
using Godwit.Server.Reaching;

namespace Godwit.Server.Commands;

/// <summary><c>godwit sub</c>: prints the entries of a room as they come.</summary>
internal sealed class SubCommand : ServerCommand
{
    private const string About =
        "Print the entries of a room as they come, a line each. It comes back by itself after whatever happens to the connection, misses nothing that the room retains, and prints nothing twice; "
        + "what is missing is told on standard error. Exit code 0: --count entries came, or it was told to end; 1: an entry could not be printed; 2: wrong usage, or no server lets it read. See docs/cli.md.";

    private static readonly DurationForm Durations = new(new SettingRange<TimeSpan>(TimeSpan.FromMilliseconds(10), TimeSpan.FromHours(1)));

    private readonly Argument<string> _room = new("ROOM") { Description = "The room." };
    private readonly Option<string?> _via = Text("--via", "TRANSPORT", $"How to read: {TransportNames.All}. websocket by default.");
    private readonly Option<string?> _after = Text("--after", "POSITION", "Begin after a position, with the oldest entry that is retained ('start'), or with what comes from now on ('now', the default).");
    private readonly Option<int?> _last = Number("--last", "Begin with the newest so many entries, and go on.", 1, 1000);
    private readonly Option<int?> _count = Number("--count", "End after so many entries.", 1, int.MaxValue);
    private readonly Option<string?> _positionFile = Text("--position-file", "FILE", "Begin after the position in this file, if it is there, and keep it up to date: the next run goes on where this one ended.");
    private readonly Option<bool> _verbose = new("--verbose") { Description = "Print time, offset, event and publisher before the data." };
    private readonly Option<bool> _quiet = new("--quiet") { Description = "Say nothing on standard error but what is missing and what is wrong." };
    private readonly Option<string?> _every = Formed("--every", Durations, "How long to pause between two short polls; by default as long as the server suggests.");

    public SubCommand()
        : base("sub", About)
    {
        Json.Description = "Print whole entries as JSON, and on standard error JSON too.";
        Arguments.Add(_room);
        foreach (Option option in (Option[])[_via, _after, _last, _count, _positionFile, _verbose, _quiet, _every, Json, .. Server.All])
        {
            Options.Add(option);
        }

        Validators.Add(Check);
    }

    protected override async Task<int> RunAsync(ParseResult parsed, TextWriter output, TextWriter error, CancellationToken interrupted)
    {
        ServerAccess server = Server.Read(parsed);
        ProbeTransport transport = TransportNames.TryParse(parsed.GetValue(_via) ?? "websocket", out ProbeTransport given) ? given : default;
        ProbeTarget target = server.Room(ServerAccess.RequireRoom(parsed.GetValue(_room)!)) with
        {
            Full = true,
            InsistsOnSession = false,
            FollowsPace = parsed.GetValue(_every) is null,
            PollEvery = Value(parsed, _every, Durations, TimeSpan.FromSeconds(1)),
        };
        using PositionFile? file = parsed.GetValue(_positionFile) is { } path ? new PositionFile(path, TimeProvider.System) : null;
        ProbeStart start = Start(parsed, file);
        var printer = new EntryPrinter(StandardOutput.Open(output), error, parsed.GetValue(Json), parsed.GetValue(_verbose));
        bool isQuiet = parsed.GetValue(_quiet);
        await ServerContact.RequireReadableAsync(target, interrupted);

        var reader = new ResumingReader(transport, target, start, text =>
        {
            if (!isQuiet)
            {
                printer.Say(text);
            }
        });
        using var end = CancellationTokenSource.CreateLinkedTokenSource(interrupted);
        Task watching = StandardOutput.WatchAsync(output, end);
        long left = parsed.GetValue(_count) ?? long.MaxValue, printed = 0;
        bool isPrinting = false;
        ServerFault? fault = null;
        int code = ExitCode.Done;
        try
        {
            await foreach (ProbeFrame frame in reader.ReadAsync(end.Token))
            {
                isPrinting = true;
                await (frame.Kind == ProbeFrameKind.Entry ? printer.PrintAsync(frame) : printer.WarnAsync(frame));
                isPrinting = false;
                if (frame.Kind != ProbeFrameKind.Entry)
                {
                    continue;
                }

                printed++;
                file?.Write(reader.Position, isLast: false);
                if (--left == 0)
                {
                    break;
                }
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // It was told to end, or nobody reads it any more.
        }
        catch (IOException unread) when (StandardOutput.IsUnread(unread))
        {
            // It has printed what was wanted.
        }
        catch (IOException failure)
        {
            printer.Say($"an entry cannot be printed: {failure.Message.TrimEnd('.')}");
            code = ExitCode.Environment;
        }
        catch (ServerFault final)
        {
            fault = final;
        }
        finally
        {
            await end.CancelAsync();
            await watching;
        }

        // The position of the last entry that was printed: what a poll has brought behind it was not, nor what output failed with.
        string? behind = isPrinting ? reader.Before : reader.Position;
        try
        {
            file?.Write(behind, isLast: true);
        }
        catch (ServerFault unwritten)
        {
            fault ??= unwritten;
        }

        if (!isQuiet && behind is not null)
        {
            printer.Say($"{printed} {(printed == 1 ? "entry" : "entries")}; go on with --after {behind}");
        }

        return fault is null ? code : throw fault;
    }

    private static ProbeStart From(string text) => text switch
    {
        "now" => ProbeStart.Now,
        "start" => ProbeStart.Oldest,
        _ => ProbeStart.After(text),
    };

    private ProbeStart Start(ParseResult parsed, PositionFile? file)
    {
        if (file?.Read() is { } kept)
        {
            return ProbeStart.After(kept);
        }

        return parsed.GetValue(_last) is { } last ? ProbeStart.Last(last) : From(parsed.GetValue(_after) ?? "now");
    }

    private void Check(CommandResult result)
    {
        if (IsGiven(result, _after) && IsGiven(result, _last))
        {
            result.AddError("--after and --last both say where to begin; give one of the two.");
        }

        if (result.GetResult(_after) is { Tokens: [{ Value: var after }] } && after is not ("now" or "start") && !Position.TryParse(after, out _))
        {
            result.AddError("--after: it takes a position, such as 3kQ9xLm0aZ_-42-03fK9a, 'start' or 'now'.");
        }

        if (result.GetResult(_via) is { Tokens: [{ Value: var via }] } && !TransportNames.TryParse(via, out _))
        {
            result.AddError($"--via: it takes one of {TransportNames.All}.");
        }

        if (IsGiven(result, _every) && result.GetResult(_via) is not { Tokens: [{ Value: "short-poll" or "session-short-poll" }] })
        {
            result.AddError("--every is for --via short-poll and session-short-poll.");
        }
    }
}
