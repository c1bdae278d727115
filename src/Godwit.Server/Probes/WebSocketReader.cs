namespace Godwit.Server.Probes;

/// <summary>Reads a room's WebSocket. What it sends is published.</summary>
internal sealed class WebSocketReader(ProbeTarget target, ProbeStart start) : WebSocketMessageReader(target, start)
{
    private readonly ProbeStart _from = start;
    private bool _joined;

    /// <inheritdoc/>
    public override ProbeTransport Transport => ProbeTransport.WebSocket;

    /// <inheritdoc/>
    protected override Uri Address => Target.Address(_from.ToString(), Target.LimitQuery);

    /// <inheritdoc/>
    protected override ProbeFrame Read(string text)
    {
        ProbeFrame frame = ProbeFrameParser.Frame(text, Target.Room, Now);
        JoinedFirst.Check(frame, ref _joined);
        return frame;
    }
}
