namespace Godwit.Server.Probes;

/// <summary>Reads rooms over a session's WebSocket: all of them are named in <c>hello</c>, the first frame it sends.</summary>
internal sealed class SessionWebSocketReader : WebSocketMessageReader, ISessionReader, ISessionSender
{
    private readonly SessionRooms _rooms;
    private readonly SessionFrames _frames;

    public SessionWebSocketReader(ProbeTarget target, SessionRooms rooms)
        : base(target, rooms.StartOf(target.Room))
    {
        _rooms = rooms;
        _frames = new SessionFrames(rooms);
    }

    /// <inheritdoc/>
    public override ProbeTransport Transport => ProbeTransport.SessionWebSocket;

    /// <inheritdoc/>
    public SessionWelcome? Welcome => _frames.Welcome;

    /// <inheritdoc/>
    protected override Uri Address => Target.SessionAddress;

    /// <inheritdoc/>
    protected override string Subprotocol => "godwit.v1";

    /// <inheritdoc/>
    protected override Task OpenedAsync(CancellationToken cancel) =>
        SendAsync("{\"op\":\"hello\"," + SessionRooms.Members(_rooms.ToString(), Target.Session) + "}", cancel);

    /// <inheritdoc/>
    protected override ProbeFrame? Read(string text) => _frames.Read(text, Now);
}
