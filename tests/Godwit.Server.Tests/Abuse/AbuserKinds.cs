namespace Godwit.Server.Tests.Abuse;

/// <summary>All ways to hurt a server.</summary>
internal static class AbuserKinds
{
    private static readonly Func<int, Abuser>[] Makers =
    [
        static count => new SlowHeaders { Count = count },
        static count => new NeverHello { Count = count },
        static count => new JoinFlood { Count = count },
        static count => new RoomNameFlood { Count = count },
        static count => new HistoryOfEverything { Count = count },
        static count => new OversizedFragments { Count = count },
        static count => new LineFlood { Count = count },
        static count => new StalledBodies { Count = count },
    ];

    /// <summary>Makes abusers of a name.</summary>
    public static Abuser Make(string name, int count) => Makers.Select(make => make(count)).Single(abuser => abuser.Name == name);

    /// <summary>What well-behaved clients do that is most like it.</summary>
    public static Counterpart CounterpartOf(string name, int count) => Make(name, count) switch
    {
        NeverHello => new Visitors { Count = count },
        StalledBodies => new Uploaders { Count = count },
        HistoryOfEverything => new Pollers { Query = _ => $"{HistoryOfEverything.Room}?after=start&limit=1000" },
        _ => new Pollers { Query = static index => $"other:{index}" },
    };
}
