using Godwit.Server.Hosting;
using Godwit.WebRtc.Client;

namespace Godwit.Server.Comparing.Plans;

/// <summary>What a comparison measures, and for how long.</summary>
internal sealed record ComparePlan
{
    /// <summary>How long the stages after the start take together, unless told otherwise.</summary>
    public static readonly TimeSpan DefaultDuration = TimeSpan.FromSeconds(90);

    /// <summary>How many clients wait over each transport, where the limit of open files allows it.</summary>
    public const int MostUsualWaiting = 2000;

    /// <summary>What a process has open beside its connections.</summary>
    public const int OtherFiles = 200;

    /// <summary>By what the clients are divided that wait over data channels: each begins by a handshake of DTLS, and those of thousands would take most of the time.</summary>
    public const int FewerPeers = 2;

    /// <summary>How long the start takes on a machine that has nothing else to do: for the progress line, as are the next five.</summary>
    public static readonly TimeSpan StartTime = TimeSpan.FromSeconds(10);

    // Until a server that is given has been asked, or warmed up: it has run for a while.
    private static readonly TimeSpan FindTime = TimeSpan.FromSeconds(1);

    // Until nothing is compiled any more.
    private static readonly TimeSpan WarmUpTime = TimeSpan.FromSeconds(15);

    // Until servers have collected what arrivals left, twice.
    private static readonly TimeSpan CollectingTime = QuietCollection.Period * 4;
    private static readonly TimeSpan ArrivalTime = TimeSpan.FromMilliseconds(1.1);
    private static readonly TimeSpan PeerArrivalTime = TimeSpan.FromMilliseconds(6);

    // What single entries of a room are apart at least, so that each has reached everybody who does not poll before the next comes.
    private static readonly TimeSpan LeastPeriod = TimeSpan.FromMilliseconds(400);

    // The same for cuts: an entry that came with one has reached everybody.
    private static readonly TimeSpan LeastRecovery = TimeSpan.FromMilliseconds(1500);

    // What a turn of a data channel is: its client sees to it, whatever else is set.
    private static readonly TimeSpan CheckTurn = TimeSpan.FromMilliseconds(ClientPeer.CheckInterval);

    private static readonly (Stage Stage, double Share)[] Shares =
        [(Stage.Waiting, 0.3), (Stage.Idle, 0.18), (Stage.Quiet, 0.14), (Stage.Steady, 0.25), (Stage.Bursty, 0.19), (Stage.Cut, 0.1), (Stage.Together, 0.03)];

    /// <summary>The ways of reading, in the order of reports.</summary>
    public required IReadOnlyList<Way> Ways { get; init; }

    /// <summary>How many clients follow the room in each way.</summary>
    public int Clients { get; init; } = 100;

    /// <summary>How many clients wait over each transport while memory is read: a fifth of them at first, then all. What the others add says what one takes.</summary>
    public int Waiting { get; init; } = MostUsualWaiting;

    /// <summary>How many of <see cref="Waiting"/> come first.</summary>
    public int FirstWaiting => Waiting / 5;

    /// <summary>How many entries a second are published at the steady rate.</summary>
    public double Rate { get; init; } = 4;

    /// <summary>How many entries a burst has.</summary>
    public int Burst { get; init; } = 20;

    /// <summary>How long the stages after the start take together.</summary>
    public TimeSpan Duration { get; init; } = DefaultDuration;

    /// <summary>How many connections there are at a time, at most.</summary>
    public int MostConnections => Math.Max(Ways.Count * Clients, IsGiven ? 0 : Ways.DistinctBy(static way => way.Waiting).Count() * Waiting);

    /// <summary>Whether the server is not started here: then nobody waits for memory to be read, and what waiting costs is watched for as long as its heartbeats take.</summary>
    public bool IsGiven { get; init; }

    /// <summary>How long a held poll waits, and how often servers that are started for it send heartbeats, while it is measured what either costs.</summary>
    /// <remarks>Everything else is measured with <see cref="Hold"/> and <see cref="Heartbeat"/>, so that next to none of them fall among the entries and have to be taken off.</remarks>
    public TimeSpan ShortTurn { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long clients have a poll held, in reckoned figures and while entries come.</summary>
    public TimeSpan Hold { get; init; } = TimeSpan.FromSeconds(25);

    /// <summary>The heartbeat of a server that is started, by its defaults, in reckoned figures and while entries come.</summary>
    public TimeSpan Heartbeat { get; init; } = new GodwitOptions().Heartbeat;

    /// <summary>How long clients wait without a word while memory is read: for as long as servers hold a poll. Nobody asks meanwhile, whatever the interval of its polls.</summary>
    public TimeSpan LongestHold { get; init; } = new GodwitOptions().MaxWait;

    /// <summary>The bytes of data of an entry.</summary>
    public int DataBytes { get; init; } = 128;

    private bool HasDataChannels => Ways.Any(static way => way.Family == WayFamily.DataChannel);

    /// <summary>The time from one event of a way to its next where each has to reach everybody first: a little longer than the longest poll interval.</summary>
    public TimeSpan Period
    {
        get
        {
            TimeSpan longest = Ways.Max(static way => way.PollEvery ?? TimeSpan.Zero);
            return (longest > LeastPeriod ? longest : LeastPeriod) * 1.1;
        }
    }

    /// <summary>How many clients wait over each transport, unless told otherwise.</summary>
    /// <param name="ways">The ways of reading.</param>
    /// <param name="files">How many files this program may have open; null for no limit.</param>
    public static int UsualWaiting(IReadOnlyList<Way> ways, long? files) =>
        (int)Math.Clamp(((files ?? long.MaxValue) - OtherFiles) / ways.DistinctBy(static way => way.Waiting).Count(), 1, MostUsualWaiting);

    /// <summary>How long a stage takes; for <see cref="Stage.Waiting"/>, how long it is waited at most for servers to collect what arrivals have left.</summary>
    public TimeSpan LengthOf(Stage stage)
    {
        foreach ((Stage one, double share) in Shares)
        {
            if (one == stage)
            {
                TimeSpan length = Duration * share;
                TimeSpan least = stage switch
                {
                    Stage.Waiting => IsGiven ? TimeSpan.Zero : ShortTurn,

                    // Everybody has to have its turn: the heartbeats of a server that is given are those of its settings, which are not known.
                    Stage.Idle => IsGiven && Duration >= DefaultDuration ? Heartbeat * 1.1 : HasDataChannels ? CheckTurn * 1.3 : ShortTurn * 2.5,
                    Stage.Steady => Period * 1.5,
                    _ => TimeSpan.Zero,
                };
                return stage == Stage.Waiting && IsGiven ? TimeSpan.Zero : length > least ? length : least;
            }
        }

        return IsGiven ? FindTime : stage == Stage.WarmUp ? WarmUpTime : StartTime;
    }

    /// <summary>Into how many each window of the steady stage is divided for what does not poll.</summary>
    public int Finer => (int)Math.Clamp(LengthOf(Stage.Steady) / WindowsOf(Stage.Steady) / TimeSpan.FromSeconds(1), 1, 6);

    /// <summary>How many windows a stage is divided into: as many as everybody has a turn in, at least one and at most six.</summary>
    public int WindowsOf(Stage stage)
    {
        TimeSpan turn = stage == Stage.Steady ? Period : ShortTurn * 1.2;
        return IsGiven && stage == Stage.Idle ? 1 : Math.Clamp((int)(LengthOf(stage) / turn), 1, 6);
    }

    /// <summary>The period of a stage in which each way has its turns. Cuts are as far apart as clients need to come back.</summary>
    public TimeSpan PeriodOf(Stage stage) => stage == Stage.Cut && Period < LeastRecovery ? LeastRecovery : Period;

    /// <summary>How many periods a stage has in which each way has its turn: at least one.</summary>
    public int EventsOf(Stage stage) => Math.Max(1, (int)Math.Round(LengthOf(stage) / PeriodOf(stage)));

    /// <summary>How often a way has its turn in a period of a stage.</summary>
    /// <remarks>
    /// The more often, the surer are its figures. What does not poll has an entry at once, and need not wait until everybody has polled; over a data channel a cut costs handshakes, and so
    /// comes once. Bursts need not have reached everybody before the next. A server that is given has limits of its own for bursts and for clients that come back, which are not to be met.
    /// </remarks>
    public int OftenIn(Stage stage, Way way)
    {
        bool polls = way.Family == WayFamily.ShortPoll;
        int whole = (int)Math.Clamp(PeriodOf(stage) / LeastPeriod, 1, 6);
        return stage switch
        {
            Stage.Quiet => polls ? 1 : whole,
            Stage.Bursty when !IsGiven => polls ? 3 : Math.Max(3, whole),
            Stage.Cut when !IsGiven => polls || way.Family == WayFamily.DataChannel ? 1 : (int)Math.Clamp(PeriodOf(stage) / LeastRecovery, 1, 3),
            _ => 1,
        };
    }

    /// <summary>When each way has its turns in a period of a stage, as shares of the period, in their order.</summary>
    /// <remarks>The turns of a way are equally far apart, and so are those of all ways that have as many. Those of ways with fewer come in the middle between two others.</remarks>
    public IReadOnlyList<(double At, Way Way)> TurnsOf(Stage stage)
    {
        int most = Ways.Max(way => OftenIn(stage, way));
        int places = most * Ways.Count(way => OftenIn(stage, way) == most);
        return [.. Ways
            .GroupBy(way => OftenIn(stage, way))
            .SelectMany(alike => alike.SelectMany((way, index) => Enumerable.Range(0, alike.Key).Select(turn => (At: (turn + ((double)index / alike.Count())) / alike.Key, Way: way, IsOften: alike.Key == most))))
            .Select(turn => (turn.IsOften ? turn.At : (Math.Floor(turn.At * places) + 0.5) / places, turn.Way))
            .OrderBy(static turn => turn.Item1)];
    }

    /// <summary>How long everything takes on a machine that keeps up.</summary>
    public TimeSpan Expected => Stages.All.Aggregate(TimeSpan.Zero, (sum, stage) => sum + ExpectedOf(stage));

    /// <summary>How long a stage takes on a machine that keeps up.</summary>
    public TimeSpan ExpectedOf(Stage stage) => stage switch
    {
        Stage.Quiet or Stage.Bursty or Stage.Cut => EventsOf(stage) * PeriodOf(stage),
        Stage.Waiting when IsGiven => TimeSpan.Zero,
        Stage.Waiting => (LengthOf(stage) < CollectingTime ? LengthOf(stage) : CollectingTime) + Arriving(Ways.DistinctBy(static way => way.Waiting), Waiting, Waiting / FewerPeers),

        // The last entry has reached everybody when everybody has polled.
        Stage.Together => LengthOf(stage) + Period + Arriving(Ways, Clients, Clients),
        Stage.Idle => LengthOf(stage) + Arriving(Ways, Clients, Clients),
        _ => LengthOf(stage),
    };

    // They come over one transport after the other.
    private static TimeSpan Arriving(IEnumerable<Way> ways, int number, int peers) => ways.Aggregate(TimeSpan.Zero, (sum, way) =>
        sum + (way.Family == WayFamily.DataChannel ? PeerArrivalTime * peers : ArrivalTime * number));
}
