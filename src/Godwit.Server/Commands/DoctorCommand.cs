using System.CommandLine;
using System.Net;
using Godwit.Server.Configuration.Forms;
using Godwit.Server.Diagnosing;
using Godwit.Server.Reaching;
using Godwit.Server.Reporting;

namespace Godwit.Server.Commands;

/// <summary><c>godwit doctor</c>: finds out what stands on the way to a server and what that does to each transport.</summary>
internal sealed class DoctorCommand : ServerCommand
{
    private const string About =
        "Find out what proxies on the way to a server do to each transport — buffer, cut, cache, strip headers, limit bodies — and what to set in nginx and HAProxy. "
        + "It publishes some entries into a room of its own. Exit code 0: nothing is wrong; 1: something is; 2: wrong usage, nothing could be found out, or it was interrupted with nothing wrong so far. See docs/cli.md.";

    private static readonly DurationForm Durations = new(new SettingRange<TimeSpan>(TimeSpan.FromSeconds(1), TimeSpan.FromHours(1)));

    private readonly Argument<string> _url = new("URL") { Description = "The mount point as clients reach it, with everything that stands before the server." };
    private readonly Option<string?> _idle = Formed("--idle", Durations, "How long connections are left alone, to see whether they are cut. It takes as long as that (65s: above the minute that proxies like, and the server's longest poll).");
    private readonly Option<string?> _patience = Formed("--patience", Durations, "How long to wait for what comes at once, such as an entry that was just published (5s; longer by itself where a round trip takes long).");
    private readonly Option<string?> _connect = Text("--connect", "HOST:PORT", "Connect there, and ask for URL all the same: to look at a proxy before its name leads to it.");
    private readonly Option<string?> _room = Text("--room", "ROOM", "The room, and with :quiet behind it a second one; doctor: and a random name by default.");

    public DoctorCommand()
        : base("doctor", About)
    {
        Json.Description = "Print the report as one JSON object.";
        Arguments.Add(_url);
        foreach (Option option in (Option[])[_idle, _patience, _connect, _room, Json, .. Server.Access])
        {
            Options.Add(option);
        }

        Validators.Add(result =>
        {
            if (result.GetResult(_connect) is { Tokens: [{ Value: var text }] } && EndPoint(text) is null)
            {
                result.AddError("--connect: it takes a host and a port, for example 127.0.0.1:443.");
            }
        });
    }

    protected override async Task<int> RunAsync(ParseResult parsed, TextWriter output, TextWriter error, CancellationToken interrupted)
    {
        ServerAccess server = Server.Read(parsed, parsed.GetValue(_url)!, "URL") with { Through = parsed.GetValue(_connect) is { } connect ? EndPoint(connect) : null };
        string room = ServerAccess.RequireRoom(parsed.GetValue(_room) ?? $"doctor:{Guid.NewGuid():N}");
        var examination = new Examination(server, room, Value(parsed, _idle, Durations, TimeSpan.FromSeconds(65)), Value(parsed, _patience, Durations, TimeSpan.FromSeconds(5)), TimeProvider.System);
        using var done = new CancellationTokenSource();
        long begun = TimeProvider.System.GetTimestamp();
        Task progress = new ProgressLine(error, !Console.IsErrorRedirected).RunAsync(
            () => $"{TimeProvider.System.GetElapsedTime(begun).TotalSeconds:0} s: {examination.Findings.Count(static finding => finding.Kind is not null)} findings; connections are left alone for {examination.Idle.TotalSeconds:0} s",
            done.Token);
        try
        {
            await Doctor.RunAsync(examination, interrupted);
        }
        catch (OperationCanceledException) when (interrupted.IsCancellationRequested && examination.Findings.Count > 0)
        {
            examination.WasInterrupted = true;
        }
        finally
        {
            await done.CancelAsync();
            await progress;
        }

        await output.WriteLineAsync(parsed.GetValue(Json) ? DoctorReport.Json(examination) : DoctorReport.Text(examination));
        return examination.Findings.Any(static finding => finding.Kind is { IsAdvice: false }) ? ExitCode.Violations : examination.WasInterrupted ? ExitCode.Configuration : ExitCode.Done;
    }

    private static DnsEndPoint? EndPoint(string text) =>
        Uri.TryCreate($"tcp://{text}", UriKind.Absolute, out Uri? address) && address is { Port: > 0, PathAndQuery: "/" or "" } && address.Host.Length > 0 ? new DnsEndPoint(address.Host.Trim('[', ']'), address.Port) : null;
}
