using System.Text.Json;

namespace Godwit.Server.Probes;

/// <summary>Where a reader begins: the <c>after</c> or <c>last</c> of its first request, or of its room in a session.</summary>
internal readonly record struct ProbeStart
{
    private readonly string? _query;
    private readonly string? _json;

    private ProbeStart(string query, string json) => (_query, _json) = (query, json);

    /// <summary>Neither <c>after</c> nor <c>last</c>: the newest entries for a short poll of the room's URL, otherwise what comes from now on.</summary>
    public static ProbeStart Unsaid => default;

    /// <summary>What comes from now on.</summary>
    public static ProbeStart Now { get; } = new("after=now", "\"now\"");

    /// <summary>The oldest entry retained.</summary>
    public static ProbeStart Oldest { get; } = new("after=start", "\"start\"");

    /// <summary>The entries after a position, sent as it is given.</summary>
    public static ProbeStart After(string position) => new("after=" + Uri.EscapeDataString(position), $"\"{JsonEncodedText.Encode(position)}\"");

    /// <summary>The newest <paramref name="count"/> entries, then on.</summary>
    public static ProbeStart Last(int count) => new(FormattableString.Invariant($"last={count}"), FormattableString.Invariant($"{{\"last\":{count}}}"));

    /// <summary>The value of the room in the <c>rooms</c> of a session, an empty object for <see cref="Unsaid"/>.</summary>
    public string Json => _json ?? "{}";

    /// <summary>The same with the delivery <c>latest</c>.</summary>
    public string LatestJson => Json switch
    {
        "{}" => "{\"delivery\":\"latest\"}",
        ['{', ..] and var some => some[..^1] + ",\"delivery\":\"latest\"}",
        var after => "{\"after\":" + after + ",\"delivery\":\"latest\"}",
    };

    /// <summary>The part of the query string, empty for <see cref="Unsaid"/>.</summary>
    public override string ToString() => _query ?? "";
}
