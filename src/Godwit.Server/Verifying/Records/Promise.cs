namespace Godwit.Server.Verifying.Records;

/// <summary>What is checked, by the promises of README.md.</summary>
internal enum Promise
{
    /// <summary>Entries of a room arrive in the order of their offsets.</summary>
    Order,

    /// <summary>Every entry after a reader's position arrives, and in time.</summary>
    NoLoss,

    /// <summary>Every position gets a verdict, and every verdict is true.</summary>
    HonestVerdict,

    /// <summary>Nothing is given twice to who went on from a position.</summary>
    NoDuplicate,

    /// <summary>A publish that is repeated with its key adds nothing.</summary>
    PublishOnce,

    /// <summary>What was acknowledged is in the log.</summary>
    AcknowledgedIsStored,

    /// <summary>Nobody is given what contradicts what was given before, without a reset.</summary>
    NoContradiction,

    /// <summary>Who is revoked is given nothing more.</summary>
    Access,

    /// <summary>What a server sends is what PROTOCOL.md says.</summary>
    WireContract,

    /// <summary>The list of a room's members has who is there, and nobody who has gone.</summary>
    Presence,

    /// <summary>While the store is away readers are told and publishers refused, and afterwards both go on, each within its time.</summary>
    Pace,

    /// <summary>Servers come back within their time after a fault.</summary>
    Recovery,
}

/// <summary>How promises are called in reports.</summary>
internal static class Promises
{
    public static readonly IReadOnlyList<Promise> All = Enum.GetValues<Promise>();

    /// <summary>The name in JSON and JUnit.</summary>
    public static string Name(this Promise promise) => promise switch
    {
        Promise.Order => "order",
        Promise.NoLoss => "no-loss",
        Promise.HonestVerdict => "honest-verdict",
        Promise.NoDuplicate => "no-duplicate",
        Promise.PublishOnce => "publish-once",
        Promise.AcknowledgedIsStored => "acknowledged-is-stored",
        Promise.NoContradiction => "no-contradiction",
        Promise.Access => "access",
        Promise.WireContract => "wire-contract",
        Promise.Presence => "presence",
        Promise.Pace => "pace",
        Promise.Recovery => "recovery",
        _ => throw new ArgumentOutOfRangeException(nameof(promise)),
    };

    /// <summary>A sentence for people.</summary>
    public static string Sentence(this Promise promise) => promise switch
    {
        Promise.Order => "Entries arrive in order",
        Promise.NoLoss => "No entry is lost, or later than the bound",
        Promise.HonestVerdict => "Every position gets a verdict, and every gap and reset is true",
        Promise.NoDuplicate => "Nothing arrives twice",
        Promise.PublishOnce => "A repeated publish adds nothing",
        Promise.AcknowledgedIsStored => "What was acknowledged is stored",
        Promise.NoContradiction => "Nothing contradicts what was read before",
        Promise.Access => "A revoked reader is given nothing more",
        Promise.WireContract => "What is sent is what PROTOCOL.md says",
        Promise.Presence => "Who is there is listed, and nobody else",
        Promise.Pace => "A store that goes and comes back is told, and publishes refused and taken, in time",
        Promise.Recovery => "Servers come back in time after a fault",
        _ => throw new ArgumentOutOfRangeException(nameof(promise)),
    };
}
