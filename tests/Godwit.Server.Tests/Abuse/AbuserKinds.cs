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
    ];

    /// <summary>Makes abusers of a name.</summary>
    public static Abuser Make(string name, int count) => Makers.Select(make => make(count)).Single(abuser => abuser.Name == name);
}
