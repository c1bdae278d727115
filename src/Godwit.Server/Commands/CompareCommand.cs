using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Godwit.Server.Comparing;
using Godwit.Server.Comparing.Plans;
using Godwit.Server.Configuration.Forms;
using Godwit.Server.Links;
using Godwit.Server.Measuring;
using Godwit.Server.Probes;
using Godwit.Server.Reaching;

namespace Godwit.Server.Commands;

/// <summary><c>godwit compare</c>: what each transport costs, measured on this machine.</summary>
internal sealed class CompareCommand : ServerCommand
{
    private const string About =
        "Compare the transports: clients follow a room by short polling, long polling, server-sent events, NDJSON and WebSocket, directly and through sessions, "
        + "while entries are published now and then, steadily and in bursts. Says how late entries are, and what requests, bytes, CPU time and memory they cost. "
        + "Without a URL it starts servers of its own. Exit code 0: compared; 1: compared, and entries were lost or came twice; 2: wrong usage, it could not run, or was interrupted. See docs/choosing-a-transport.md.";

    private const int MostClients = 100_000;

    private static readonly DurationForm Durations = new(new SettingRange<TimeSpan>(TimeSpan.FromSeconds(5), TimeSpan.FromHours(24)));
    private static readonly DurationForm Intervals = new(new SettingRange<TimeSpan>(TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(60)));
    private static readonly DurationForm Delays = new(new SettingRange<TimeSpan>(TimeSpan.Zero, TimeSpan.FromSeconds(10)));
    private static readonly string Names = string.Join(", ", Way.Transports.Select(Way.NameOf));

    private readonly Argument<string?> _url = new("URL") { Description = "The mount point of a server that runs, such as http://localhost:8080/rt; the credential has to read and publish in rooms whose names begin with compare:. What it spends is not known then.", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string?> _server = Text("--server", "FILE", "The program to start; this one by default.");
    private readonly Option<string?> _transports = Text("--transports", "NAMES", $"The transports, with commas between; all by default: {Names}.");
    private readonly Option<string?> _pollEvery = Text("--poll-every", "DURATIONS", "The intervals of short polling, with commas between (1s,5s). The pace that the server suggests is compared too.");
    private readonly Option<int> _clients = Count("--clients", "The clients that follow a room, in each way of reading.", 100, MostClients);
    private readonly Option<int?> _waiting = Number("--waiting", "The clients that wait while memory is read, over each transport (2000, or fewer where the limit of open files is lower).", 1, MostClients);
    private readonly Option<int> _rate = Count("--rate", "The entries published in a second at the steady rate.", 4, 1000);
    private readonly Option<int> _burst = Count("--burst", "The entries of a burst.", 20, 1000);
    private readonly Option<string?> _duration = Text("--duration", Durations.Placeholder, "How long to measure (90s). Starting servers and connecting clients takes some seconds more.");
    private readonly Option<string?> _delay = Text("--delay", Durations.Placeholder, "How long packets take between the clients and the servers that are started, one way. This and the next three take root, on Linux.");
    private readonly Option<string?> _jitter = Text("--jitter", Durations.Placeholder, "By how much that differs from packet to packet, either way.");
    private readonly Option<string?> _loss = Text("--loss", "SHARE", "How many of the packets are lost, such as 1%.");
    private readonly Option<string?> _seed = Text("--seed", "NUMBER", "Decides which packets are lost, and how long each takes (0).");
    private readonly Option<string?> _json = Text("--json", "FILE", "Write a report for programs.");
    private readonly Option<string?> _html = Text("--html", "FILE", "Write a page with plots, which needs nothing else.");
    private readonly Option<string?> _svg = Text("--svg", "DIR", "Write the plots as SVG files.");
    private readonly Option<string?> _markdown = Text("--markdown", "FILE", "Write the report into a Markdown file, between the lines '<!-- measured: begin -->' and '<!-- measured: end -->', and its plots beside it.");

    public CompareCommand()
        : base("compare", About)
    {
        Arguments.Add(_url);
        foreach (Option option in (Option[])[.. Server.Access, _server, _transports, _pollEvery, _clients, _waiting, _rate, _burst, _duration, _delay, _jitter, _loss, _seed, _json, _html, _svg, _markdown])
        {
            Options.Add(option);
        }

        Validators.Add(Check);
    }

    private static Option<int> Count(string name, string about, int unset, int most)
    {
        var option = new Option<int>(name) { Description = about, HelpName = "NUMBER", DefaultValueFactory = _ => unset };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var text }] && (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int count) || count < 1 || count > most))
            {
                result.AddError(string.Create(CultureInfo.InvariantCulture, $"{name}: it takes a whole number from 1 to {most}."));
            }
        });
        return option;
    }

    private static bool TryTransports(string text, out IReadOnlyList<ProbeTransport> transports)
    {
        string[] names = [.. text.Split(',').Select(static name => name.Trim())];
        transports = [.. Way.Transports.Where(transport => names.Contains(Way.NameOf(transport)))];
        return names.All(static name => Way.Transports.Any(transport => Way.NameOf(transport) == name));
    }

    private static bool TryIntervals(string text, out IReadOnlyList<TimeSpan> intervals)
    {
        var read = new List<TimeSpan>();
        intervals = read;
        foreach (string one in text.Split(','))
        {
            if (Intervals.Parse(one.Trim(), out TimeSpan interval) is not null || read.Contains(interval))
            {
                return false;
            }

            read.Add(interval);
        }

        return true;
    }

    private static bool TryShare(string text, out double share)
    {
        bool isNumber = double.TryParse(text.TrimEnd('%'), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double percent);
        share = percent / 100;
        return isNumber && text.EndsWith('%') && share <= 0.5;
    }

    private void Check(CommandResult result)
    {
        CheckText(result, _duration, static text => Durations.Parse(text, out _) is null ? null : $"it takes {Durations.Rule}");
        CheckText(result, _transports, static text => TryTransports(text, out _) ? null : $"it takes names with commas between: {Names}");
        CheckText(result, _pollEvery, static text => TryIntervals(text, out IReadOnlyList<TimeSpan> intervals) && intervals.Count <= 4 ? null : $"it takes one to four different durations with commas between, each {Intervals.Rule}");
        CheckText(result, _delay, static text => Delays.Parse(text, out _) is null ? null : $"it takes {Delays.Rule}");
        CheckText(result, _jitter, static text => Delays.Parse(text, out _) is null ? null : $"it takes {Delays.Rule}");
        CheckText(result, _loss, static text => TryShare(text, out _) ? null : "it takes a share from 0% to 50%, such as 0.5%");
        CheckText(result, _seed, static text => ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _) ? null : "it takes a whole number from 0 on");
        bool given = result.GetResult(_url) is { Tokens.Count: > 0 };
        foreach (Option option in (Option[])[_server, _waiting, _delay, _jitter, _loss, _seed])
        {
            if (given && IsGiven(result, option))
            {
                result.AddError($"{option.Name} is for servers that are started, and a URL names one that runs; give one of the two.");
            }
        }

        if (result.Errors.Any())
        {
            return;
        }

        LinkConditions? link = Link(option => (result.GetResult(option) as OptionResult)?.Tokens is [{ Value: var text }] ? text : null);
        if (link?.Fault is { } fault)
        {
            result.AddError($"--jitter: {fault}.");
        }

        if (link is null && IsGiven(result, _seed))
        {
            result.AddError("--seed decides what packets meet; give --delay, --jitter or --loss too.");
        }

        if (!given && Server.Access.FirstOrDefault(option => IsGiven(result, option)) is { } access)
        {
            result.AddError($"{access.Name} is for a server that runs; give its URL.");
        }
    }

    private static void CheckText(CommandResult result, Option option, Func<string, string?> check)
    {
        if (result.GetResult(option) is { Tokens: [{ Value: var text }] } && check(text) is { } wrong)
        {
            result.AddError($"{option.Name}: {wrong}.");
        }
    }

    // What was measured until a signal is reported, and servers that were started do not stay behind.
    protected override Task<int> RunAsync(ParseResult parsed, TextWriter output, TextWriter error, CancellationToken interrupted) =>
        new Comparison(Request(parsed), output, error, !Console.IsOutputRedirected).RunAsync(interrupted);

    private CompareRequest Request(ParseResult parsed)
    {
        ServerAccess? given = parsed.GetValue(_url) is { } url ? Server.Read(parsed, url, "URL") : null;
        IReadOnlyList<ProbeTransport> transports = Way.Transports;
        if (parsed.GetValue(_transports) is { } names)
        {
            TryTransports(names, out transports);
        }

        TryIntervals(parsed.GetValue(_pollEvery) ?? "1s,5s", out IReadOnlyList<TimeSpan> intervals);
        IReadOnlyList<Way> ways = Way.Of(transports, intervals);
        TimeSpan duration = ComparePlan.DefaultDuration;
        if (parsed.GetValue(_duration) is { } length)
        {
            Durations.Parse(length, out duration);
        }

        return new CompareRequest
        {
            Given = given,
            Link = Link(option => parsed.GetValue(option)),
            Program = parsed.GetValue(_server),
            JsonFile = parsed.GetValue(_json),
            HtmlFile = parsed.GetValue(_html),
            PlotFolder = parsed.GetValue(_svg),
            MarkdownFile = parsed.GetValue(_markdown),
            Command = string.Join(' ', parsed.Tokens.Select(static token => token.Value).Prepend("godwit")),
            Plan = new ComparePlan
            {
                Ways = ways,
                Clients = parsed.GetValue(_clients),
                Waiting = parsed.GetValue(_waiting) ?? ComparePlan.UsualWaiting(ways, OperatingSystem.IsLinux() && OpenFiles.Limit.Hard is >= 0 and var files ? files : null),
                Rate = parsed.GetValue(_rate),
                Burst = parsed.GetValue(_burst),
                Duration = duration,
                IsGiven = given is not null,
            },
        };
    }

    private LinkConditions? Link(Func<Option<string?>, string?> given)
    {
        (string? delay, string? jitter, string? loss) = (given(_delay), given(_jitter), given(_loss));
        if (delay is null && jitter is null && loss is null)
        {
            return null;
        }

        Delays.Parse(delay ?? "0s", out TimeSpan delayed);
        Delays.Parse(jitter ?? "0s", out TimeSpan jittered);
        TryShare(loss ?? "0%", out double share);
        return new LinkConditions { Delay = delayed, Jitter = jittered, Loss = share, Seed = given(_seed) is { } seed ? ulong.Parse(seed, CultureInfo.InvariantCulture) : 0 };
    }
}
