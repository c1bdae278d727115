namespace Godwit.Server.Comparing.Plans;

/// <summary>The stages of a comparison, in their order.</summary>
internal enum Stage
{
    /// <summary>Servers are started.</summary>
    Start,

    /// <summary>Many clients connect and wait: memory.</summary>
    Waiting,

    /// <summary>Servers do everything once, so that what is measured later is compiled.</summary>
    WarmUp,

    /// <summary>Nothing is published: what waiting costs.</summary>
    Idle,

    /// <summary>One entry now and then: how late it is.</summary>
    Quiet,

    /// <summary>Entries come steadily.</summary>
    Steady,

    /// <summary>Entries come many at once.</summary>
    Bursty,

    /// <summary>Every connection is cut.</summary>
    Cut,

    /// <summary>All transports follow one room of one server.</summary>
    Together,
}

/// <summary>What stages are called.</summary>
internal static class Stages
{
    /// <summary>All of them, in their order.</summary>
    public static readonly IReadOnlyList<Stage> All = Enum.GetValues<Stage>();

    /// <summary>What is being done, for the progress line.</summary>
    public static string Phrase(this Stage stage) => stage switch
    {
        Stage.Start => "starting servers",
        Stage.Waiting => "memory of clients that wait",
        Stage.WarmUp => "warming servers up",
        Stage.Idle => "what waiting costs while nothing is published",
        Stage.Quiet => "single entries, far between",
        Stage.Steady => "entries at a steady rate",
        Stage.Bursty => "bursts of entries",
        Stage.Cut => "recovery after every connection was cut",
        _ => "all transports together in one room",
    };

    /// <summary>Its name in reports.</summary>
    public static string Name(this Stage stage) => stage switch
    {
        Stage.Start => "start",
        Stage.Waiting => "waiting",
        Stage.WarmUp => "warm-up",
        Stage.Idle => "idle",
        Stage.Quiet => "quiet",
        Stage.Steady => "steady",
        Stage.Bursty => "bursty",
        Stage.Cut => "cut",
        _ => "together",
    };
}
