using System.Text;
using System.Threading.Channels;
using Godwit.WebRtc.DataChannels;
using Godwit.WebRtc.Sctp;
using ChannelOptions = Godwit.WebRtc.DataChannels.ChannelOptions;

namespace Godwit.WebRtc.Peers;

/// <summary>A client with data channels, over a <see cref="ClientPeer"/> that is connected.</summary>
internal sealed class ChannelClient : IChannelHandler, IAsyncDisposable
{
    private const string LossyLabel = "lossy";

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(10);

    private readonly ClientPeer _peer;
    private readonly ChannelEndpoint _channels;
    private readonly Lock _lock = new();
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
    private readonly Channel<string> _latest = Channel.CreateUnbounded<string>();
    private readonly CancellationTokenSource _end = new();
    private readonly TaskCompletionSource _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _ticking;
    private string _text = "";

    /// <summary>Begins the association.</summary>
    public ChannelClient(ClientPeer peer)
    {
        _peer = peer;
        _channels = new ChannelEndpoint(new ChannelOptions(), this, isDtlsClient: true) { PeerLargestMessage = 256 << 10 };
        peer.Received = packet =>
        {
            if (IsDown)
            {
                return;
            }

            lock (_lock)
            {
                _channels.Receive(packet, Now);
            }
        };
        lock (_lock)
        {
            _channels.Connect(Now);
        }

        _ticking = TickAsync();
    }

    /// <summary>Completes when the association is there.</summary>
    public Task Connected => _connected.Task;

    /// <summary>Completes when the association has ended.</summary>
    public TaskCompletionSource<AssociationEnd> Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The lines that have come, over any channel but the lossy one.</summary>
    public ChannelReader<string> Lines => _lines.Reader;

    /// <summary>The messages that have come over the lossy channel.</summary>
    public ChannelReader<string> Latest => _latest.Reader;

    /// <summary>Whether nothing comes through, in either direction.</summary>
    public bool IsDown { get; set; }

    private static long Now => Environment.TickCount64;

    /// <summary>Opens a channel.</summary>
    public DataChannel Open(string label, DeliveryTerms? terms = null)
    {
        lock (_lock)
        {
            return _channels.Open(label, "", terms ?? new DeliveryTerms(), Now)!;
        }
    }

    /// <summary>Opens the channel for entries of which only the newest matters.</summary>
    public DataChannel OpenLossy() => Open(LossyLabel, new DeliveryTerms(isUnordered: true, mostRetransmissions: 0));

    /// <summary>Sends text.</summary>
    public SendResult Send(DataChannel channel, string text) => Send(channel, MessageKind.Text, Encoding.UTF8.GetBytes(text));

    /// <summary>Sends a message.</summary>
    public SendResult Send(DataChannel channel, MessageKind kind, byte[] message)
    {
        lock (_lock)
        {
            return channel.Send(kind, message, Now);
        }
    }

    /// <summary>Closes a channel.</summary>
    public void Close(DataChannel channel)
    {
        lock (_lock)
        {
            channel.Close(Now);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _ticking;
        _peer.Received = static _ => { };
    }

    void IChannelHandler.Send(ReadOnlySpan<byte> packet)
    {
        if (!IsDown)
        {
            _peer.Send(packet);
        }
    }

    void IChannelHandler.OnConnected() => _connected.TrySetResult();

    void IChannelHandler.OnChannelOpened(DataChannel channel)
    {
    }

    void IChannelHandler.OnMessage(DataChannel channel, MessageKind kind, ReadOnlySpan<byte> message)
    {
        if (channel.Label == LossyLabel)
        {
            _latest.Writer.TryWrite(Encoding.UTF8.GetString(message));
            return;
        }

        string[] lines = (_text + Encoding.UTF8.GetString(message)).Split('\n');
        _text = lines[^1];
        foreach (string line in lines.AsSpan(0, lines.Length - 1))
        {
            _lines.Writer.TryWrite(line);
        }
    }

    void IChannelHandler.OnMaySend(DataChannel channel)
    {
    }

    void IChannelHandler.OnBufferedLow(DataChannel channel)
    {
    }

    void IChannelHandler.OnChannelClosed(DataChannel channel)
    {
    }

    void IChannelHandler.OnEnded(AssociationEnd end)
    {
        _lines.Writer.TryComplete();
        _latest.Writer.TryComplete();
        Ended.TrySetResult(end);
    }

    private async Task TickAsync()
    {
        while (!_end.IsCancellationRequested)
        {
            await Task.Delay(Tick, _end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            lock (_lock)
            {
                if (!_end.IsCancellationRequested && Now >= _channels.NextDeadline)
                {
                    _channels.OnDeadline(Now);
                }
            }
        }
    }
}
