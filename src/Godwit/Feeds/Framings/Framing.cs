using Godwit.Brokers;
using Godwit.Protocol;

namespace Godwit.Feeds.Framings;

/// <summary>How frames look on a stream. An entry framed once serves every reader of the same framing.</summary>
internal abstract class Framing
{
    /// <summary>The number of framings, for tables by <see cref="Index"/>.</summary>
    public const int Count = 5;

    /// <summary>One unmasked text message a frame (RFC 6455 section 5).</summary>
    public static readonly Framing WebSocket = new WebSocketFraming();

    /// <summary>One event a frame, the entry's data alone.</summary>
    public static readonly Framing ServerSentEvents = new ServerSentEventsFraming(full: false);

    /// <summary>One event a frame, the whole frame as its data.</summary>
    public static readonly Framing ServerSentEventsFull = new ServerSentEventsFraming(full: true);

    /// <summary>One frame a line.</summary>
    public static readonly Framing Ndjson = new NdjsonFraming();

    /// <summary>One event a frame, without id and name: the events of a session's stream.</summary>
    public static readonly Framing SessionEvents = new SessionEventsFraming();

    /// <summary>0 to <see cref="Count"/> − 1.</summary>
    public abstract int Index { get; }

    /// <summary>What is sent when nothing else was for a while.</summary>
    public abstract byte[] Heartbeat { get; }

    /// <summary>The most octets that an entry can take, given the length of its object.</summary>
    public abstract int MaxLength(Entry entry, int objectLength);

    /// <summary>Frames an entry and returns the length of the frame.</summary>
    /// <param name="destination">At least <see cref="MaxLength"/> octets.</param>
    /// <param name="epoch">The log of the entry.</param>
    /// <param name="entry">The entry.</param>
    /// <param name="entryObject">The entry object, composed once for all framings.</param>
    public abstract int Write(Span<byte> destination, Epoch epoch, Entry entry, ReadOnlySpan<byte> entryObject);

    /// <summary>Frames a control object.</summary>
    /// <param name="controlObject">A JSON object with an <c>op</c>.</param>
    /// <param name="position">Where the reader goes on from, if the frame moves it.</param>
    public abstract byte[] Control(ReadOnlySpan<byte> controlObject, Position? position);

    /// <summary>Whether a client can come back over a new connection before the one it has is closed. One that cannot is closed as soon as it is told.</summary>
    public virtual bool CanOverlap => true;

    /// <summary>Tells that the server stops.</summary>
    /// <param name="closes">In how many ms it closes the connection.</param>
    /// <param name="back">After how many ms the client comes back.</param>
    public virtual byte[] Drain(long closes, long back) => Control(ControlObject.Drain(closes, back), null);

    /// <summary>The last frame of a connection that the server ends for a reason; null where the frames before say it.</summary>
    public abstract byte[]? End(ErrorCode reason);
}
