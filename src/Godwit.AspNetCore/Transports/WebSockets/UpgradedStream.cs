using Godwit.AspNetCore.Access;
using Godwit.AspNetCore.Lanes;
using Godwit.Feeds.Pump;
using Microsoft.AspNetCore.Http;

namespace Godwit.AspNetCore.Transports.WebSockets;

/// <summary>A WebSocket's connection on the Kestrel lane: the stream of an upgrade.</summary>
internal sealed class UpgradedStream(HttpContext context, Stream stream) : StreamOutlet(context, stream), IUpgraded
{
    private readonly HttpContext _context = context;
    private readonly Stream _stream = stream;
    private ValueTask<int> _arriving;
    private Action? _onArrived;

    /// <inheritdoc/>
    public Outlet Outlet => this;

    /// <inheritdoc/>
    public bool IsDetached => false;

    /// <inheritdoc/>
    public WebSocketReceiver? Receiver { private get; set; }

    /// <inheritdoc/>
    public CancellationToken Cutting => CancellationToken.None;

    /// <inheritdoc/>
    public override void OnEnded() => Receiver?.OnConnectionEnded();

    /// <inheritdoc/>
    public void AwaitReadable()
    {
        _onArrived ??= OnArrived;
        try
        {
            _arriving = _stream.ReadAsync(Memory<byte>.Empty);
        }
        catch (Exception failure)
        {
            _arriving = ValueTask.FromException<int>(failure);
        }

        if (_arriving.IsCompleted)
        {
            // More is there already: whoever sends without end would otherwise keep this thread, which others wait for.
            ThreadPool.UnsafeQueueUserWorkItem(static onArrived => onArrived(), _onArrived, preferLocal: false);
        }
        else
        {
            _arriving.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(_onArrived);
        }
    }

    /// <inheritdoc/>
    public ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancel) => _stream.ReadAsync(buffer, cancel);

    /// <inheritdoc/>
    public void End(ConnectionCap cap) => cap.Release(_context);

    private void OnArrived()
    {
        Exception? failure = null;
        try
        {
            _arriving.GetAwaiter().GetResult();
        }
        catch (Exception thrown)
        {
            failure = thrown;
        }

        _arriving = default;
        Receiver!.OnReadable(failure);
    }
}
