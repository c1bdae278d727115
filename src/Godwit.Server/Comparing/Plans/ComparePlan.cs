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
    public const int FewerPeers = 4;

    /// <summary>How long the start takes on a machine that has nothing else to do: for the progress line, as are the next three.</summary>
    public static readonly TimeSpan StartTime = TimeSpan.FromSeconds(8);

    // Until nothing is compiled any more.
    private static readonly TimeSpan WarmUpTime = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan ArrivalTime = TimeSpan.FromMilliseconds(1.1);
    private static readonly TimeSpan PeerArrivalTime = TimeSpan.FromMilliseconds(6);

    // What a turn of a data channel is: its client sees to it, whatever else is set.
    private static readonly TimeSpan CheckTurn = TimeSpan.FromMilliseconds(ClientPeer.CheckInterval);

    private static readonly (Stage Stage, double Share)[] Shares =
        [(Stage.Waiting, 0.3), (Stage.Idle, 0.18), (Stage.Quiet, 0.14), (Stage.Steady, 0.28), (Stage.Bursty, 0.24), (Stage.Cut, 0.1), (Stage.Together, 0.06)];

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
    public int MostConnections => Math.Max(Ways.Count * Clients, IsGiven ? 0 : Ways.DistinctBy(static way => way.Transport).Count() * Waiting);

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
            return (longest > TimeSpan.FromMilliseconds(400) ? longest : TimeSpan.FromMilliseconds(400)) * 1.1;
        }
    }

    /// <summary>How many clients wait over each transport, unless told otherwise.</summary>
    /// <param name="ways">The ways of reading.</param>
    /// <param name="files">How many files this program may have open; null for no limit.</param>
    public static int UsualWaiting(IReadOnlyList<Way> ways, long? files) =>
        (int)Math.Clamp(((files ?? long.MaxValue) - OtherFiles) / ways.DistinctBy(static way => way.Transport).Count(), 1, MostUsualWaiting);

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

        return stage == Stage.WarmUp && !IsGiven ? WarmUpTime : StartTime;
    }

    /// <summary>How many windows a stage is divided into: as many as everybody has a turn in, at least one and at most six.</summary>
    public int WindowsOf(Stage stage)
    {
        TimeSpan turn = stage == Stage.Steady ? Period : ShortTurn * 1.2;
        return IsGiven && stage == Stage.Idle ? 1 : Math.Clamp((int)(LengthOf(stage) / turn), 1, 6);
    }

    /// <summary>How many periods a stage has in which each way has its turn: at least one.</summary>
    public int EventsOf(Stage stage) => Math.Max(1, (int)Math.Round(LengthOf(stage) / Period));

    /// <summary>How often a way has its turn in a period of a stage: bursts need not have reached everybody before the next, and the more there are, the surer is what an entry of one costs. Of a server that is given that is not known, and its rates are not to be met.</summary>
    public int OftenIn(Stage stage) => stage == Stage.Bursty && !IsGiven ? 3 : 1;

    /// <summary>How long everything takes on a machine that keeps up.</summary>
    public TimeSpan Expected => Stages.All.Aggregate(TimeSpan.Zero, (sum, stage) => sum + ExpectedOf(stage));

    /// <summary>How long a stage takes on a machine that keeps up.</summary>
    public TimeSpan ExpectedOf(Stage stage) => stage is Stage.Quiet or Stage.Bursty or Stage.Cut ? EventsOf(stage) * Period : stage == Stage.Waiting ? LengthOf(stage) + Arriving : LengthOf(stage);

    // They come over one transport after the other.
    private TimeSpan Arriving => IsGiven ? TimeSpan.Zero : Ways.DistinctBy(static way => way.Transport).Aggregate(TimeSpan.Zero, (sum, way) =>
        sum + (way.Family == WayFamily.DataChannel ? PeerArrivalTime * (Waiting / FewerPeers) : ArrivalTime * Waiting));
}
