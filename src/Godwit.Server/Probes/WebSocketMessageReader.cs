using System.Text;

namespace Godwit.Server.Probes;

/// <summary>Reads a WebSocket: one frame a text message, a ping is a heartbeat.</summary>
internal abstract class WebSocketMessageReader(ProbeTarget target, ProbeStart start) : ReaderProbe(target, start)
{
    private readonly ArrayBuilder _message = new();
    private HttpResponseMessage? _answer;
    private WebSocketWire? _wire;
    private bool _refused;
    private bool _closing;

    /// <summary>Sends a text message.</summary>
    public Task SendAsync(string text, CancellationToken cancel = default) => Wire.SendAsync(WebSocketWire.Text, Encoding.UTF8.GetBytes(text), cancel);

    /// <summary>Sends a binary message.</summary>
    public Task SendAsync(ReadOnlyMemory<byte> octets, CancellationToken cancel = default) => Wire.SendAsync(WebSocketWire.Binary, octets, cancel);

    /// <summary>The framing below, once the first frame has been read.</summary>
    public WebSocketWire Wire => _wire ?? throw new InvalidOperationException("The reader has not connected yet.");

    /// <summary>Where the handshake goes.</summary>
    protected abstract Uri Address { get; }

    /// <summary>The subprotocol that is asked for and must be agreed to; null asks for none.</summary>
    protected virtual string? Subprotocol => null;

    /// <summary>Connects if that has not been done; the first read does so by itself. Null, or the refusal.</summary>
    public async Task<ProbeFrame?> OpenAsync(CancellationToken cancel = default)
    {
        if (_wire is not null)
        {
            return null;
        }

        (_wire, _answer) = await WebSocketHandshake.ConnectAsync(Connection, Address, Target.Carrier, Subprotocol, cancel).ConfigureAwait(false);
        if (_wire is null)
        {
            _refused = true;
            return await RefusalAsync(_answer, cancel).ConfigureAwait(false);
        }

        await OpenedAsync(cancel).ConfigureAwait(false);
        return null;
    }

    /// <summary>Sends a close frame with 1000; the reads that follow end with the server's answer.</summary>
    public override async ValueTask CloseAsync(CancellationToken cancel = default)
    {
        if (_wire is not null && !Ended && !_closing)
        {
            _closing = true;
            await _wire.SendCloseAsync(1000, cancel).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        _wire?.Dispose();
        _answer?.Dispose();
        return base.DisposeAsync();
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

        while (true)
        {
            if (await _wire!.ReceiveAsync(cancel).ConfigureAwait(false) is not { } frame)
            {
                return new ProbeFrame(ProbeFrameKind.End, "The connection ended without a close frame.", Now) { Status = 1006 };
            }

            switch (frame.Opcode)
            {
                case WebSocketWire.Ping:
                    if (Target.AnswersPings)
                    {
                        await _wire.SendAsync(WebSocketWire.Pong, frame.Payload, cancel).ConfigureAwait(false);
                    }

                    return new ProbeFrame(ProbeFrameKind.Heartbeat, Convert.ToHexString(frame.Payload), Now);
                case WebSocketWire.Pong:
                    continue;
                case WebSocketWire.Close:
                    if (!_closing)
                    {
                        _closing = true;
                        await _wire.SendAsync(WebSocketWire.Close, frame.Payload.AsMemory(0, Math.Min(2, frame.Payload.Length)), cancel).ConfigureAwait(false);
                    }

                    return End(frame.CloseReason, frame.CloseCode);
                default:
                    if (Message(frame) is { } text && Read(text) is { } received)
                    {
                        return received;
                    }

                    continue;
            }
        }
    }

    /// <summary>What is sent as soon as the WebSocket is open: nothing.</summary>
    protected virtual Task OpenedAsync(CancellationToken cancel) => Task.CompletedTask;

    /// <summary>Reads a message; null if it is not to be handed out.</summary>
    protected abstract ProbeFrame? Read(string text);

    private string? Message(WebSocketFrame frame)
    {
        if (frame.Opcode == WebSocketWire.Binary || (frame.Opcode == WebSocketWire.Continuation) != _message.Begun)
        {
            throw new ContractException("A binary message, or a fragment out of order.", Convert.ToHexString(frame.Payload));
        }

        if (frame.Final && !_message.Begun)
        {
            return ProbeConnection.Text(frame.Payload);
        }

        _message.Add(frame.Payload);
        return frame.Final ? ProbeConnection.Text(_message.Take()) : null;
    }

    /// <summary>The fragments of a message.</summary>
    private sealed class ArrayBuilder
    {
        private readonly List<byte> _octets = [];

        public bool Begun { get; private set; }

        public void Add(byte[] octets)
        {
            Begun = true;
            _octets.AddRange(octets);
        }

        public byte[] Take()
        {
            byte[] octets = [.. _octets];
            _octets.Clear();
            Begun = false;
            return octets;
        }
    }
}
