using System.CommandLine;
using System.CommandLine.Parsing;
using System.Runtime.CompilerServices;
using System.Text;
using Godwit.Protocol;
using Godwit.Server.Configuration.Forms;
using Godwit.Server.Probes;
using Godwit.Server.Publishing;
using Godwit.Server.Reaching;

namespace Godwit.Server.Commands;

/// <summary><c>godwit pub</c>: publishes arguments, lines of standard input, or what is added to a file.</summary>
internal sealed class PubCommand : ServerCommand
{
    private const string About =
        "Publish into a room: each argument is an entry; without arguments each line of standard input, or with --follow each line that is added to a file. "
        + "Every entry has an idempotency key, so that what is sent again after a failure is stored once. "
        + "Exit code 0: all was acknowledged; 1: some was not; 2: wrong usage, or no server takes it. See docs/cli.md.";

    private static readonly DurationForm Durations = new(new SettingRange<TimeSpan>(TimeSpan.Zero, TimeSpan.FromDays(7)));

    private readonly Argument<string> _room = new("ROOM") { Description = "The room." };
    private readonly Argument<string[]> _data = new("DATA") { Description = "The entries, in the order given.", Arity = ArgumentArity.ZeroOrMore };
    private readonly Option<string?> _follow = Text("--follow", "FILE", "Publish what is added to this file, like tail -F: it may not be there yet, be cut, or be rotated. Until SIGINT.");
    private readonly Option<bool> _fromStart = new("--from-start") { Description = "With --follow: begin with what stands in the file already." };
    private readonly Option<string?> _as = Text("--as", "FORM", "What an argument or line is: 'text'; 'json'; 'ndjson', an object with \"data\" or \"bytes\", and perhaps \"event\" and \"key\", such as godwit sub --json prints; or by default JSON if it is an object or an array, else text.");
    private readonly Option<string?> _event = Text("--event", "EVENT", "The event of entries that name none.");
    private readonly Option<string?> _idempotencyKey = Text("--idempotency-key", "KEY", "The idempotency key of the one entry, or what those of several begin with, so that the same command run again within the room's key window (5m by default) adds nothing. Drawn by default. Where nobody is signed in, at least 22 characters that cannot be guessed.");
    private readonly Option<string?> _retryFor = Formed("--retry-for", Durations, "How long an entry is tried while the server is away or refuses for now (1m). Longer than the room's key window (5m by default) it may be stored twice.");

    public PubCommand()
        : base("pub", About)
    {
        Json.Description = "Print a line of JSON for each entry, and one at the end.";
        Arguments.Add(_room);
        Arguments.Add(_data);
        foreach (Option option in (Option[])[_follow, _fromStart, _as, _event, _idempotencyKey, _retryFor, Json, .. Server.All])
        {
            Options.Add(option);
        }

        Validators.Add(Check);
    }

    private void Check(CommandResult result)
    {
        if (IsGiven(result, _follow) && result.GetResult(_data) is { Tokens.Count: > 0 })
        {
            result.AddError("--follow publishes the lines of a file, and arguments are entries themselves; give one of the two.");
        }

        if (IsGiven(result, _fromStart) && !IsGiven(result, _follow))
        {
            result.AddError("--from-start is for --follow.");
        }

        if (result.GetResult(_as) is { Tokens: [{ Value: var form }] } && form is not ("text" or "json" or "ndjson"))
        {
            result.AddError("--as: it takes text, json or ndjson.");
        }

        if (result.GetResult(_event) is { Tokens: [{ Value: var name }] } && EventName.Check(name) is not null)
        {
            result.AddError($"--event: it takes {EventName.Rule}");
        }

        // Behind that of one entry among several stand a dash and its number.
        if (result.GetResult(_idempotencyKey) is { Tokens: [{ Value: var key }] } && IdempotencyKey.Check(key, anonymous: false) is not null)
        {
            result.AddError($"--idempotency-key: it takes 1 to {IdempotencyKey.MaxLength} visible ASCII characters.");
        }
    }

    protected override async Task<int> RunAsync(ParseResult parsed, TextWriter output, TextWriter error, CancellationToken interrupted)
    {
        ServerAccess server = Server.Read(parsed);
        ProbeTarget target = server.Room(ServerAccess.RequireRoom(parsed.GetValue(_room)!));
        string[] data = parsed.GetValue(_data)!;
        var form = parsed.GetValue(_as) switch { "text" => DraftForm.Text, "json" => DraftForm.Json, "ndjson" => DraftForm.Ndjson, _ => DraftForm.Guessed };
        var drafts = new DraftReader(form, parsed.GetValue(_event));
        await using var publisher = new EntryPublisher(target, parsed.GetValue(_idempotencyKey), Value(parsed, _retryFor, Durations, TimeSpan.FromMinutes(1)), text => Say(error, text)) { IsSingle = data.Length == 1 };
        var report = new PublishReport(output, error, parsed.GetValue(Json));
        try
        {
            await foreach (byte[]? line in LinesAsync(parsed, data, error, interrupted))
            {
                if (drafts.Read(line) is not { } draft)
                {
                    continue;
                }

                report.Begin(draft);
                if (draft.Problem is { } problem)
                {
                    await report.UnfitAsync(draft, problem);
                    continue;
                }

                await report.TakeAsync(draft, await publisher.PublishAsync(draft, interrupted));
            }
        }
        catch (OperationCanceledException) when (interrupted.IsCancellationRequested)
        {
            // What was acknowledged is told below.
        }
        catch (ServerFault fault) when (fault.IsGivenUp || report.HasResults)
        {
            Say(error, fault.Message.TrimEnd('.') + ".");
        }

        await report.EndAsync();
        return report.IsComplete ? ExitCode.Done : ExitCode.Incomplete;
    }

    private async IAsyncEnumerable<byte[]?> LinesAsync(ParseResult parsed, string[] data, TextWriter error, [EnumeratorCancellation] CancellationToken cancel)
    {
        if (data.Length > 0)
        {
            foreach (string text in data)
            {
                yield return Encoding.UTF8.GetBytes(text);
            }

            yield break;
        }

        if (parsed.GetValue(_follow) is not { } file)
        {
            if (!Console.IsInputRedirected)
            {
                Say(error, "each line is published as it ends; Ctrl-D ends the input.");
            }

            await using Stream input = Console.OpenStandardInput();
            await foreach (byte[]? line in StreamLines.ReadAsync(input, cancel))
            {
                yield return line;
            }

            yield break;
        }

        if (Directory.Exists(file))
        {
            throw new ServerFault($"--follow: {file} is a directory; it takes a file");
        }

        await foreach (byte[]? line in new FollowedFile(file, parsed.GetValue(_fromStart), text => Say(error, text + "."), TimeProvider.System).ReadAsync(cancel))
        {
            yield return line;
        }
    }

    private static void Say(TextWriter error, string text)
    {
        error.WriteLine($"godwit: {text}");
        error.Flush();
    }
}
