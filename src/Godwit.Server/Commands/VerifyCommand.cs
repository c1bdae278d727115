using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Godwit.Server.Configuration.Forms;
using Godwit.Server.Verifying;
using Godwit.Server.Verifying.Deployments;
using Godwit.Server.Verifying.Faults;
using Godwit.Server.Verifying.Stores;

namespace Godwit.Server.Commands;

/// <summary><c>godwit verify</c>: checks what is promised, against a deployment that is used and hurt.</summary>
internal sealed class VerifyCommand : ServerCommand
{
    private const string About =
        "Verify a deployment: publish and read over every transport, make faults by a seeded schedule, and compare what was acknowledged with what was read. "
        + "Without URLs it starts a server of its own. Exit code 0: no violation; 1: violations; 2: wrong usage, or it could not run. See docs/verify.md.";

    private static readonly DurationForm Durations = new(new SettingRange<TimeSpan>(TimeSpan.FromSeconds(1), TimeSpan.FromDays(7)));
    private static readonly DurationForm Pauses = new(new SettingRange<TimeSpan>(TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1)));
    private static readonly string Names = string.Join(", ", FaultKinds.All.Select(static kind => kind.Name()));

    private readonly Argument<string[]> _mounts = new("URL")
    {
        Description = "The mount points of servers that run, all those that share a store: http://…, https://…, or h2c://… for HTTP/2 in clear text. The credential has to read, publish and read the history of rooms whose names begin with verify:.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<string> _start = Text("--start", "STORE", "Start a server with logs in 'memory', on the disk ('sqlite'), or servers with a redis-server ('redis') or with one that has a replica and a Sentinel ('redis-sentinel'), in directories that are deleted at the end.", "memory");
    private readonly Option<int?> _servers = new("--servers") { Description = "How many servers to start, with logs in Redis (2).", HelpName = "NUMBER" };
    private readonly Option<string?> _proxy = Text("--proxy", "PROXY", "Start 'nginx' before the servers: each request goes to the next one, and no client is kept at one.");
    private readonly Option<string?> _server = Text("--server", "FILE", "The program to start; this one by default.");
    private readonly Option<string?> _seed = Text("--seed", "NUMBER", "Decides the schedule of faults and what clients do; drawn and told by default.");
    private readonly Option<string> _duration = Text("--duration", Durations.Placeholder, "How long to publish. Coming to the end takes some seconds more.", "60s");
    private readonly Option<string> _faults = Text("--faults", "NAMES", $"The faults to make: 'all' that can be made, 'none', or names with commas between: {Names}.", "all");
    private readonly Option<string?> _without = Text("--without", "NAMES", "Faults not to make, with commas between.");
    private readonly Option<string> _pause = Text("--pause", Pauses.Placeholder, "The mean of the pauses between two faults.", "2s");
    private readonly Option<string?> _schedule = Text("--schedule", "FILE", "Make the faults of this file, a report of --json or its 'schedule', in place of drawing them.");
    private readonly Option<int> _rooms = Count("--rooms", "The rooms; one in three keeps few entries, where the server was started here.", 4);
    private readonly Option<int> _readers = Count("--readers", "The readers, each on one transport after the other.", 18);
    private readonly Option<int> _publishers = Count("--publishers", "The publishers, by five ways in turn.", 5);
    private readonly Option<int> _rate = Count("--rate", "The entries published in a second, by all publishers together.", 60);
    private readonly Option<int> _batch = Count("--batch", "How many entries a publisher sends at once by publish streams, exchanges and sessions; the other ways send one in that time.", 1);
    private readonly Option<string> _stay = Text("--stay", Durations.Placeholder, "The mean time for which a reader keeps a connection. Longer for many readers: each connection costs more than what it is given.", "5s");
    private readonly Option<string> _within = Text("--delivery-within", Durations.Placeholder, "The time in which a connected reader must be given an acknowledged entry, and a position gets its verdict, while nothing is wrong.", "20s");
    private readonly Option<bool> _expectResets = new("--expect-resets") { Description = "Take no reset for a violation: somebody else restarts servers that have their logs in memory." };
    private readonly Option<bool> _stop = new("--stop") { Description = "End with the first violation." };
    private readonly Option<int?> _minimise = new("--minimise") { Description = "If there are violations, look for a shorter schedule that fails, in up to so many runs (12).", HelpName = "RUNS", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string?> _json = Text("--json", "FILE", "Write a report for programs.");
    private readonly Option<string?> _junit = Text("--junit", "FILE", "Write a report for build servers.");
    private readonly Option<string?> _html = Text("--html", "FILE", "Write a page with a plot of latency over the faults.");

    public VerifyCommand()
        : base("verify", About)
    {
        Arguments.Add(_mounts);
        foreach (Option option in (Option[])[_start, _servers, _proxy, _server, .. Server.Access, _seed, _duration, _faults, _without, _pause, _schedule, _rooms, _readers, _publishers, _rate, _batch, _stay, _within, _expectResets, _stop, _minimise, _json, _junit, _html])
        {
            Options.Add(option);
        }

        Validators.Add(Check);
    }

    private static Option<string> Text(string name, string shown, string about, string unset) => new(name) { Description = about, HelpName = shown, DefaultValueFactory = _ => unset };

    private static Option<int> Count(string name, string about, int unset)
    {
        var option = new Option<int>(name) { Description = about, HelpName = "NUMBER", DefaultValueFactory = _ => unset };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var text }] && (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int count) || count is < 1 or > 100_000))
            {
                result.AddError($"{name}: it takes a whole number from 1 to 100000.");
            }
        });
        return option;
    }

    private static IReadOnlyList<FaultKind> Kinds(string text) =>
        [.. text.Split(',').Select(static name => FaultKinds.TryParse(name.Trim(), out FaultKind kind) ? kind : throw new FormatException(name))];

    private void Check(CommandResult result)
    {
        CheckText(result, _start, static text => text is "memory" or "sqlite" or "redis" or "redis-sentinel" ? null : "it takes memory, sqlite, redis or redis-sentinel");
        CheckText(result, _duration, static text => Durations.Parse(text, out _) is null ? null : $"it takes {Durations.Rule}");
        CheckText(result, _stay, static text => Durations.Parse(text, out _) is null ? null : $"it takes {Durations.Rule}");
        CheckText(result, _proxy, static text => text != "nginx" ? "it takes nginx" : NginxProxy.Program is null ? "nginx is not installed (Debian: apt-get install nginx)" : null);
        CheckText(result, _within, static text => Durations.Parse(text, out _) is null ? null : $"it takes {Durations.Rule}");
        CheckText(result, _pause, static text => Pauses.Parse(text, out _) is null ? null : $"it takes {Pauses.Rule}");
        CheckText(result, _seed, static text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _) ? null : "it takes a whole number from 0 to 2147483647");
        CheckText(result, _faults, static text => text is "all" or "none" ? null : Unknown(text));
        CheckText(result, _without, static text => Unknown(text));
        if (result.GetResult(_minimise) is { Tokens: [{ Value: var runs }] } && (!int.TryParse(runs, NumberStyles.None, CultureInfo.InvariantCulture, out int count) || count < 1))
        {
            result.AddError("--minimise: it takes a whole number above 0.");
        }

        if (result.GetResult(_servers) is { Tokens: [{ Value: var servers }] })
        {
            if (!int.TryParse(servers, NumberStyles.None, CultureInfo.InvariantCulture, out int number) || number is < 1 or > 64)
            {
                result.AddError("--servers: it takes a whole number from 1 to 64.");
            }
            else if (number > 1 && result.GetResult(_start) is not { Tokens: [{ Value: "redis" or "redis-sentinel" }] })
            {
                result.AddError("--servers: only servers with logs in Redis share them; give --start redis too.");
            }
        }

        bool given = result.GetResult(_mounts) is { Tokens.Count: > 0 };
        foreach (Option option in (Option[])[_start, _servers, _proxy, _server])
        {
            if (given && IsGiven(result, option))
            {
                result.AddError($"{option.Name} starts a server, and URLs name servers that run; give one of the two.");
            }
        }

        if (!given && Server.Access.FirstOrDefault(option => IsGiven(result, option)) is { } access)
        {
            result.AddError($"{access.Name} is for servers that run; give their URLs.");
        }
    }

    private static string? Unknown(string text) =>
        text.Split(',').FirstOrDefault(static name => !FaultKinds.TryParse(name.Trim(), out _)) is { } unknown ? $"there is no fault '{unknown}'; faults are {Names}" : null;

    private static void CheckText(CommandResult result, Option option, Func<string, string?> check)
    {
        if (result.GetResult(option) is { Tokens: [{ Value: var text }] } && check(text) is { } wrong)
        {
            result.AddError($"{option.Name}: {wrong}.");
        }
    }

    // Servers that were started do not stay behind.
    protected override Task<int> RunAsync(ParseResult parsed, TextWriter output, TextWriter error, CancellationToken interrupted) =>
        new Verification(Request(parsed), output, error, !Console.IsOutputRedirected).RunAsync(interrupted);

    private VerifyRequest Request(ParseResult parsed)
    {
        int seed = parsed.GetValue(_seed) is { } given ? int.Parse(given, CultureInfo.InvariantCulture) : Random.Shared.Next();
        StoreKind store = parsed.GetValue(_start) switch { "sqlite" => StoreKind.Sqlite, "redis" => StoreKind.Redis, "redis-sentinel" => StoreKind.Sentinel, _ => StoreKind.Memory };
        string faults = parsed.GetValue(_faults)!;
        Durations.Parse(parsed.GetValue(_duration)!, out TimeSpan duration);
        Durations.Parse(parsed.GetValue(_within)!, out TimeSpan within);
        Durations.Parse(parsed.GetValue(_stay)!, out TimeSpan stay);
        Pauses.Parse(parsed.GetValue(_pause)!, out TimeSpan pause);
        string command = "godwit " + string.Join(' ', parsed.Tokens.Select(static token => token.Value));
        return new VerifyRequest
        {
            Given = [.. parsed.GetValue(_mounts)!.Select(text => Server.Read(parsed, text, "URL"))],
            Store = store,
            Servers = parsed.GetResult(_servers) is { Tokens.Count: > 0 } ? parsed.GetValue(_servers)!.Value : store is StoreKind.Redis or StoreKind.Sentinel ? 2 : 1,
            HasNginx = parsed.GetValue(_proxy) is not null,
            Program = parsed.GetValue(_server),
            Faults = faults switch { "all" => null, "none" => [], _ => Kinds(faults) },
            Without = parsed.GetValue(_without) is { } without ? Kinds(without) : [],
            ScheduleFile = parsed.GetValue(_schedule),
            Pause = pause,
            Plan = new VerifyPlan
            {
                Seed = seed,
                Duration = duration,
                Schedule = [],
                Rooms = parsed.GetValue(_rooms),
                Readers = parsed.GetValue(_readers),
                Publishers = parsed.GetValue(_publishers),
                Rate = parsed.GetValue(_rate),
                Batch = parsed.GetValue(_batch),
                Stay = stay,
                StopsAtFirst = parsed.GetValue(_stop),
                ExpectsResets = parsed.GetValue(_expectResets),
                Bounds = new Bounds { Delivery = within, Settling = within * 2 },
            },
            Minimise = parsed.GetResult(_minimise) is null ? 0 : parsed.GetValue(_minimise) ?? 12,
            JsonFile = parsed.GetValue(_json),
            JunitFile = parsed.GetValue(_junit),
            HtmlFile = parsed.GetValue(_html),
            Command = parsed.GetValue(_seed) is null ? string.Create(CultureInfo.InvariantCulture, $"{command} --seed {seed}") : command,
        };
    }
}
