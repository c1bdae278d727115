using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Godwit.Server.Probes;

/// <summary>Reads a room over one transport and hands out every frame as received: it never retries, skips or drops.</summary>
/// <remarks>
/// An SDK drops by offset and so cannot see a duplicate; a probe shows it. One caller reads at a time; <see cref="Cut"/>
/// may be called by anybody at any moment. A cancelled read ends the reader as <see cref="Cut"/> does.
/// </remarks>
internal abstract class ReaderProbe : IAsyncDisposable
{
    private readonly Queue<ProbeFrame> _recent = new();
    private readonly Dictionary<string, string> _positions = new(StringComparer.Ordinal);
    private readonly ProbeStart _start;

    protected ReaderProbe(ProbeTarget target, ProbeStart start)
    {
        Target = target;
        _start = start;
        Connection = new ProbeConnection(target);
    }

    /// <summary>How it reads.</summary>
    public abstract ProbeTransport Transport { get; }

    /// <summary>What it reads.</summary>
    public ProbeTarget Target { get; }

    /// <summary>The position to go on from as the protocol gave it, with every frame handed out so far behind it; null before the first.</summary>
    public string? Position => PositionIn(Target.Room);

    /// <summary>Where another reader goes on: at <see cref="Position"/>, or where this one was to start.</summary>
    public ProbeStart Resume => Position is { } position ? ProbeStart.After(position) : _start;

    /// <summary><see cref="Position"/> in one of the rooms of a session.</summary>
    public string? PositionIn(string room) => _positions.GetValueOrDefault(room);

    /// <summary>Whether <see cref="ProbeFrameKind.End"/> was handed out.</summary>
    public bool Ended { get; private set; }

    /// <summary>The latest frames handed out, oldest first, at most <see cref="ProbeTarget.Keep"/>.</summary>
    public IReadOnlyCollection<ProbeFrame> Recent => _recent;

    /// <summary>What its connections have carried so far.</summary>
    public virtual ProbeWire Carried => Connection.Carried;

    /// <summary>How many connections it holds open.</summary>
    public virtual int OpenConnections => Connection.Open;

    protected ProbeConnection Connection { get; }

    protected long Now => Target.Time.GetTimestamp();

    /// <summary>Makes a reader; it connects with its first read.</summary>
    public static ReaderProbe Open(ProbeTransport transport, ProbeTarget target, ProbeStart start) => transport switch
    {
        ProbeTransport.ShortPoll => new ShortPollReader(target, start),
        ProbeTransport.LongPoll => new LongPollReader(target, start),
        ProbeTransport.ServerSentEvents => new ServerSentEventsReader(target, start),
        ProbeTransport.HttpStream => new HttpStreamReader(target, start),
        ProbeTransport.WebSocket => new WebSocketReader(target, start),
        _ => Open(transport, target, new SessionRooms([new(target.Room, start)])),
    };

    /// <summary>Makes a reader of rooms, perhaps none, through one session; it connects with its first read.</summary>
    public static ReaderProbe Open(ProbeTransport transport, ProbeTarget target, SessionRooms rooms) => transport switch
    {
        ProbeTransport.SessionShortPoll => new SessionPollReader(target, rooms, held: false),
        ProbeTransport.SessionLongPoll => new SessionPollReader(target, rooms, held: true),
        ProbeTransport.SessionStream => new SessionStreamReader(target, rooms),
        ProbeTransport.SessionWebSocket => new SessionWebSocketReader(target, rooms),
        ProbeTransport.SessionDataChannel => new SessionDataChannelReader(target, rooms, isLossy: false),
        ProbeTransport.SessionLossyChannel => new SessionDataChannelReader(target, rooms, isLossy: true),
        _ => throw new ArgumentOutOfRangeException(nameof(transport)),
    };

    /// <summary>The next frame; after <see cref="ProbeFrameKind.End"/> there is none.</summary>
    /// <exception cref="ContractException">What the server sent breaks the contract.</exception>
    public async Task<ProbeFrame> ReadAsync(CancellationToken cancel = default)
    {
        if (Ended)
        {
            throw new InvalidOperationException("The reader has ended.");
        }

        ProbeFrame frame;
        try
        {
            frame = await ReceiveAsync(cancel).ConfigureAwait(false);
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException or SocketException or ObjectDisposedException
            || (fault is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            frame = new ProbeFrame(ProbeFrameKind.End, Connection.IsCut ? "cut by the probe" : fault.Message, Now);
        }
        catch (OperationCanceledException)
        {
            GiveUp();
            throw;
        }

        Ended = frame.Kind == ProbeFrameKind.End;
        if (frame is { Position: { } position, Room: { } room } && Advances(frame))
        {
            _positions[room] = position;
        }

        while (_recent.Count >= Math.Max(1, Target.Keep))
        {
            _recent.Dequeue();
        }

        _recent.Enqueue(frame);
        return frame;
    }

    /// <summary>All frames that are left, <see cref="ProbeFrameKind.End"/> included.</summary>
    public async IAsyncEnumerable<ProbeFrame> ReadAllAsync([EnumeratorCancellation] CancellationToken cancel = default)
    {
        while (!Ended)
        {
            yield return await ReadAsync(cancel).ConfigureAwait(false);
        }
    }

    /// <summary>Aborts the connection: the server sees a reset at whatever it was doing. A data channel goes without a word.</summary>
    public virtual void Cut() => Connection.Cut();

    /// <summary>Aborts its connection as a network does that goes away. A stream or a held poll ends by it; a poll between two requests goes on with a new connection.</summary>
    public virtual void Drop() => Connection.Drop();

    /// <summary>Ends as a polite client does: a WebSocket by its close handshake, a stream by closing, a poll between two requests.</summary>
    public virtual ValueTask CloseAsync(CancellationToken cancel = default)
    {
        Connection.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public virtual ValueTask DisposeAsync()
    {
        Connection.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Ends it because a read was cancelled: as <see cref="Cut"/> does.</summary>
    protected virtual void GiveUp() => Cut();

    /// <summary>Receives the next frame or throws what the connection threw.</summary>
    protected abstract Task<ProbeFrame> ReceiveAsync(CancellationToken cancel);

    /// <summary>Whether everything up to the frame's position has been handed out with it.</summary>
    protected virtual bool Advances(ProbeFrame frame) => true;

    /// <summary>Reads an answer that refuses.</summary>
    protected async Task<ProbeFrame> RefusalAsync(HttpResponseMessage answer, CancellationToken cancel) =>
        ProbeFrameParser.Problem(await ProbeConnection.TextAsync(answer, cancel).ConfigureAwait(false), (int)answer.StatusCode, answer.Content.Headers.ContentType?.MediaType, Now);

    /// <summary>The orderly end.</summary>
    protected ProbeFrame End(string why, int status = 0) => new(ProbeFrameKind.End, why, Now) { Orderly = true, Status = status };
}
