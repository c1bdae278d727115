using System.Net.Http.Headers;
using System.Text;

namespace Godwit.Server.Probes;

/// <summary>
/// Reads rooms through a session over the data channel <c>reliable</c>: all of them are named in <c>hello</c>; an answered check of ICE is a heartbeat.
/// With the channel <c>lossy</c> entries are handed out as they come, those that are late among them, which a client drops.
/// </summary>
internal sealed class SessionDataChannelReader : ReaderProbe, ISessionReader, ISessionSender
{
    private const string MediaType = "application/sdp";

    private readonly SessionRooms _rooms;
    private readonly SessionFrames _frames;
    private readonly DataChannelLink _link;
    private readonly bool _isLossy;
    private bool _isOpen;
    private bool _refused;
    private volatile bool _isCut;

    public SessionDataChannelReader(ProbeTarget target, SessionRooms rooms, bool isLossy)
        : base(target, rooms.StartOf(target.Room))
    {
        _rooms = rooms;
        _isLossy = isLossy;
        _frames = new SessionFrames(rooms, mayOvertake: isLossy);
        _link = new DataChannelLink(target, isLossy);
    }

    /// <inheritdoc/>
    public override ProbeTransport Transport => _isLossy ? ProbeTransport.SessionLossyChannel : ProbeTransport.SessionDataChannel;

    /// <inheritdoc/>
    public SessionWelcome? Welcome => _frames.Welcome;

    /// <inheritdoc/>
    public override ProbeWire Carried => Connection.Carried is var signalled ? signalled with { Traffic = signalled.Traffic + _link.Traffic } : default;

    /// <inheritdoc/>
    public override int OpenConnections => base.OpenConnections + (_link.IsOpen ? 1 : 0);

    /// <inheritdoc/>
    public async Task<ProbeFrame?> OpenAsync(CancellationToken cancel = default)
    {
        if (_isOpen)
        {
            return null;
        }

        using var request = new HttpRequestMessage(HttpMethod.Post, Target.SessionAddress) { Content = new StringContent(_link.Offer, Encoding.UTF8, new MediaTypeHeaderValue(MediaType)) };

        // It has done its part with the answer; over HTTP/2 there is no such header, and the connection stays.
        request.Headers.ConnectionClose = Target.Carrier.IsHttp2 ? null : true;
        using HttpResponseMessage answer = await Connection.SendAsync(request, cancel).ConfigureAwait(false);
        if ((int)answer.StatusCode != 201)
        {
            _refused = true;
            return await RefusalAsync(answer, cancel).ConfigureAwait(false);
        }

        string text = await ProbeConnection.TextAsync(answer, cancel).ConfigureAwait(false);
        if (answer.Content.Headers.ContentType?.MediaType != MediaType || answer.Headers.Location is null)
        {
            throw new ContractException($"The answer to an offer is of the type '{answer.Content.Headers.ContentType}', not {MediaType}, or has no Location.", text);
        }

        await _link.ConnectAsync(text, cancel).ConfigureAwait(false);
        _isOpen = true;
        _link.Send("{\"op\":\"hello\"," + SessionRooms.Members(_isLossy ? _rooms.Latest : _rooms.ToString(), Target.Session) + "}");
        return null;
    }

    /// <inheritdoc/>
    public Task SendAsync(string text, CancellationToken cancel = default)
    {
        _link.Send(text);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override void Cut()
    {
        _isCut = true;
        base.Cut();
        _link.Abort();
    }

    /// <inheritdoc/>
    public override void Drop()
    {
        base.Drop();
        if (_isOpen)
        {
            _link.Abort();
        }
    }

    /// <summary>Closes the channel; the reads that follow end with the server's part in it.</summary>
    public override ValueTask CloseAsync(CancellationToken cancel = default)
    {
        _link.Close();
        return ValueTask.CompletedTask;
    }

    /// <summary>Ends the peer as a page does that is left: a server that was not told would send on for half a minute.</summary>
    public override async ValueTask DisposeAsync()
    {
        _link.SayFarewell();
        await _link.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Over the lossy channel an entry counts only when its room has been joined, it is of the same log, and none behind it has come.</summary>
    protected override bool Advances(ProbeFrame frame)
    {
        if (!_isLossy || frame.Kind != ProbeFrameKind.Entry)
        {
            return true;
        }

        return PositionIn(frame.Room!) is { } at && at.AsSpan(0, at.IndexOf('-')).SequenceEqual(frame.Position.AsSpan(0, frame.Position!.IndexOf('-'))) && frame.Offset > ProbeFrameParser.OffsetOf(at);
    }

    /// <inheritdoc/>
    protected override void GiveUp()
    {
        _isCut = true;
        Connection.Cut();
        _link.SayFarewell();
        _link.Abort();
    }

    /// <inheritdoc/>
    protected override async Task<ProbeFrame> ReceiveAsync(CancellationToken cancel)
    {
        if (_refused)
        {
            return End("refused");
        }

        if (await OpenAsync(cancel).ConfigureAwait(false) is { } refusal)
        {
            return refusal;
        }

        while (await _link.ReadLineAsync(cancel).ConfigureAwait(false) is { } line)
        {
            if (line.Length == 0)
            {
                return new ProbeFrame(ProbeFrameKind.Heartbeat, "", Now);
            }

            if (_frames.Read(line, Now) is { } frame)
            {
                return frame;
            }
        }

        (string why, bool isOrderly) = _link.End;
        return new ProbeFrame(ProbeFrameKind.End, _isCut ? "cut by the probe" : why, Now) { Orderly = isOrderly };
    }
}
