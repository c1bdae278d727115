using System.Text;
using System.Text.Json;
using Godwit.Protocol;

namespace Godwit.Rooms;

/// <summary>How large the data of an entry may be: by the room's <see cref="RoomPolicy.EntryBytes"/>, and where only the newest entry matters by what of its frame the rest takes.</summary>
internal readonly record struct EntryLimit
{
    /// <summary>The most octets of the <c>entry</c> frame of a room whose policy is <see cref="Delivery.Latest"/>, and of one that goes over a lossy data channel.</summary>
    /// <remarks>With SCTP (28), DTLS (37), UDP and IPv4 (28) in front such a packet has 1,193 octets, and 1,213 with IPv6, whose links carry 1,280.</remarks>
    public const int LatestFrame = 1100;

    /// <summary>What such a frame has beside the room, the event, the data and the publisher, with the longest position, offset and time.</summary>
    internal const int FrameFixed = 139;

    private const int FromFixed = 10;
    private const int BytesFixed = 3;

    private readonly int _entryBytes;
    private readonly int _left;

    /// <summary>Makes the limit of an entry.</summary>
    /// <param name="policy">The room's policy.</param>
    /// <param name="room">The room.</param>
    /// <param name="eventName">The event.</param>
    /// <param name="from">The publisher, if the entry names one.</param>
    public EntryLimit(RoomPolicy policy, RoomName room, string eventName, string? from)
    {
        _entryBytes = policy.EntryBytes;
        _left = int.MaxValue;
        if (policy.Delivery == Delivery.Latest)
        {
            int publisher = from is null ? 0 : FromFixed + JsonEncodedText.Encode(Encoding.UTF8.GetBytes(from)).EncodedUtf8Bytes.Length;
            _left = Math.Max(0, LatestFrame - FrameFixed - room.ToString().Length - eventName.Length - publisher);
        }
    }

    /// <summary>The most octets of stored JSON text.</summary>
    public int Json => Math.Min(_entryBytes, _left);

    /// <summary>The most octets of raw data.</summary>
    public int Bytes => _left == int.MaxValue ? _entryBytes : Math.Min(_entryBytes, Math.Max(0, _left - BytesFixed) / 4 * 3);

    /// <summary>Why data is refused; null where it is not.</summary>
    /// <param name="length">Its octets, as stored.</param>
    /// <param name="isBytes">Whether it is raw data.</param>
    public string? Refuses(long length, bool isBytes) => length > (isBytes ? Bytes : Json) ? Rule + $"; this one has {length}." : null;

    /// <summary>The rule, without an end.</summary>
    public string Rule => _entryBytes <= Bytes || _left == int.MaxValue
        ? $"The room takes entries of up to {_entryBytes} octets of stored JSON text or bytes"
        : $"Only the newest entry of the room is delivered, in a frame of up to {LatestFrame} octets: with this room, event and publisher {Json} octets of JSON text are left for its data, or {Bytes} of bytes";
}
