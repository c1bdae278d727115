using Godwit.Access;
using Godwit.Brokers;
using Godwit.Protocol;
using Godwit.Rooms;

namespace Godwit.AspNetCore.Requests;

/// <summary>What a GET of a room asks for; everything in it was checked.</summary>
internal sealed class RoomRequest
{
    /// <summary>The entries of an answer where <c>limit</c> is not given.</summary>
    public const int DefaultLimit = 100;

    /// <summary>The most that <c>limit</c> and <c>last</c> may be.</summary>
    public const int MaxLimit = 1000;

    /// <summary>The room.</summary>
    public required RoomName Room { get; init; }

    /// <summary>How the answer is to be delivered.</summary>
    public required TransportKind Transport { get; init; }

    /// <summary>Which entries are asked for: as the room's policy says.</summary>
    public Delivery Delivery { get; set; }

    /// <summary>Who asks.</summary>
    public Caller Caller { get; set; } = Caller.Nobody;

    /// <summary>Where reading begins.</summary>
    public required ReadFrom From { get; set; }

    /// <summary>Whether the client did not say where.</summary>
    public bool BeginsAnywhere { get; init; }

    /// <summary>Whether a page before a position is asked for; polls only.</summary>
    public bool Backwards => From.Kind == ReadFromKind.Before;

    /// <summary>The most entries in one answer of a poll, 1 to <see cref="MaxLimit"/>.</summary>
    public int Limit { get; init; } = DefaultLimit;

    /// <summary>How long a poll may be held, cut to the server's cap; zero is answered at once. Null: a short poll without <c>wait</c>.</summary>
    public TimeSpan? Wait { get; init; }

    /// <summary>Whether an SSE entry carries the whole frame instead of the data alone.</summary>
    public bool Full { get; init; }

    /// <summary>Whether every message on the WebSocket is taken as a JSON string.</summary>
    public bool Text { get; init; }

    /// <summary>What the links to other pages repeat, as it was given: <c>&amp;limit=…</c> and <c>&amp;wait=…</c>, or nothing. Safe in a URL and in JSON.</summary>
    public string LinkParameters { get; init; } = "";
}
