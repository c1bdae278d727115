namespace Godwit.Server.Probes;

/// <summary>Where a reader begins: the <c>after</c> or <c>last</c> of its first request.</summary>
internal readonly record struct ProbeStart
{
    private readonly string? _query;

    private ProbeStart(string query) => _query = query;

    /// <summary>Neither <c>after</c> nor <c>last</c>: the newest entries for a short poll, otherwise what comes from now on.</summary>
    public static ProbeStart Unsaid => default;

    /// <summary>What comes from now on.</summary>
    public static ProbeStart Now { get; } = new("after=now");

    /// <summary>The oldest entry retained.</summary>
    public static ProbeStart Oldest { get; } = new("after=start");

    /// <summary>The entries after a position, sent as it is given.</summary>
    public static ProbeStart After(string position) => new("after=" + Uri.EscapeDataString(position));

    /// <summary>The newest <paramref name="count"/> entries, then on.</summary>
    public static ProbeStart Last(int count) => new(FormattableString.Invariant($"last={count}"));

    /// <summary>The part of the query string, empty for <see cref="Unsaid"/>.</summary>
    public override string ToString() => _query ?? "";
}
