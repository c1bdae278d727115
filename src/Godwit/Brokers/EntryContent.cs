using Godwit.Protocol;

namespace Godwit.Brokers;

/// <summary>What is published: an event name, the data, and who published it.</summary>
/// <remarks>The data was validated before: JSON is compact, valid UTF-8 and free of unpaired surrogates.</remarks>
/// <param name="Event">The event name; it passed <see cref="EventName.Check"/>.</param>
/// <param name="Data">JSON text in UTF-8 without insignificant white space, or raw octets.</param>
/// <param name="IsBytes">Whether the data is raw octets, delivered as base64 in <c>bytes</c>.</param>
/// <param name="From">The authenticated publisher, or null.</param>
public readonly record struct EntryContent(string Event, byte[] Data, bool IsBytes, string? From)
{
    /// <summary>The octets of data, event name and publisher.</summary>
    public int Size => Data.Length + Event.Length + (From?.Length ?? 0);
}
