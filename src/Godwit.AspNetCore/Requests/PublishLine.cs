using Godwit.Brokers;

namespace Godwit.AspNetCore.Requests;

/// <summary>What a line of a publish stream asks for; everything in it was checked but for what is each room's to say.</summary>
internal readonly struct PublishLine
{
    /// <summary>The room of <c>room</c>; null where <see cref="Rooms"/> is given.</summary>
    public Destination? Room { get; init; }

    /// <summary>The rooms of <c>rooms</c>, 1 to <see cref="PublishLineReader.MaxRooms"/>, none twice.</summary>
    public IReadOnlyList<Destination>? Rooms { get; init; }

    /// <summary>What to store.</summary>
    public EntryContent Content { get; init; }

    /// <summary>The idempotency key, or null.</summary>
    public string? Key { get; init; }
}
