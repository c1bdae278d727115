using System.Text;
using System.Threading.Channels;
using Godwit.WebRtc.DataChannels;
using Godwit.WebRtc.Sctp;
using Godwit.WebRtc.Udp;
using ChannelOptions = Godwit.WebRtc.DataChannels.ChannelOptions;

namespace Godwit.WebRtc.Client;

/// <summary>A client with data channels, over a <see cref="ClientPeer"/> that is connected. It has neither thread nor timer of its own.</summary>
internal sealed class ChannelClient : IChannelHandler, IDue, IAsyncDisposable
{
    private const string LossyLabel = "lossy";

    private readonly ClientPeer _peer;
    private readonly ChannelEndpoint _channels;
    private readonly Lock _lock = new();
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Channel<string> _latest = Channel.CreateUnbounded<string>(new UnboundedChannelOptions { SingleReader = true });
    private readonly TaskCompletionSource _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly long _mostUnread;
    private readonly bool _gathersAll;
    private readonly Action<string> _addLine;
    private long _unread;
    private TaskCompletionSource? _room;
    private bool _isOver;

    /// <summary>Begins the association.</summary>
    /// <param name="peer">What carries it.</param>
    /// <param name="mostUnread">Above how many characters of lines that <see cref="ReadLineAsync"/> has not given out nothing more is received; without bound by default.</param>
    /// <param name="gathersAll">Whether what the lossy channel brings stands among the lines of the other, as it comes.</param>
    public ChannelClient(ClientPeer peer, long mostUnread = long.MaxValue, bool gathersAll = false)
    {
        _peer = peer;
        _gathersAll = gathersAll;
        _mostUnread = mostUnread;
        _addLine = AddLine;
        _channels = new ChannelEndpoint(new ChannelOptions(), this, isDtlsClient: true) { PeerLargestMessage = 256 << 10 };
        peer.Received = Receive;
        peer.Hold = () => Volatile.Read(ref _room)?.Task;
        peer.Gone = EndBy;

        // What a heartbeat is over other transports.
        peer.CheckAnswered = () => _lines.Writer.TryWrite("");
        Change(static (channels, now) => channels.Connect(now));
    }

    /// <summary>Completes when the association is there.</summary>
    public Task Connected => _connected.Task;

    /// <summary>Completes when the association has ended; not where the peer is gone without a word.</summary>
    public TaskCompletionSource<AssociationEnd> Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Why nothing comes any more, for a person; null while something may.</summary>
    public string? Why { get; private set; }

    /// <summary>Whether both ends agreed to end.</summary>
    public bool IsOrderly { get; private set; }

    /// <summary>The lines that have come, over any channel but the lossy one; an empty one is the answer to a check.</summary>
    public ChannelReader<string> Lines => _lines.Reader;

    /// <summary>The messages that have come over the lossy channel.</summary>
    public ChannelReader<string> Latest => _latest.Reader;

    /// <summary>Whether nothing comes through, in either direction.</summary>
    public bool IsDown { get; set; }

    /// <summary>Is called when a channel has closed at both ends, or with the association; under a lock.</summary>
    public Action<DataChannel>? Closed { get; set; }

    long IDue.ScheduledAt { get; set; } = Deadlines.Never;

    /// <summary>The next line; null when there is none any more, and <see cref="Why"/> says why.</summary>
    /// <exception cref="FormatException">What came is not text.</exception>
    public async ValueTask<string?> ReadLineAsync(CancellationToken cancel)
    {
        if (!await _lines.Reader.WaitToReadAsync(cancel).ConfigureAwait(false) || !_lines.Reader.TryRead(out string? line))
        {
            return null;
        }

        if (Interlocked.Add(ref _unread, -line.Length) <= _mostUnread / 2)
        {
            Interlocked.Exchange(ref _room, null)?.TrySetResult();
        }

        return line;
    }

    /// <summary>Opens a channel.</summary>
    public DataChannel Open(string label, DeliveryTerms? terms = null)
    {
        DataChannel? opened = null;
        Change((channels, now) => opened = channels.Open(label, "", terms ?? new DeliveryTerms(), now));
        return opened ?? throw new IOException(Why ?? "No channel can be opened any more.");
    }

    /// <summary>Opens the channel for entries of which only the newest matters.</summary>
    public DataChannel OpenLossy() => Open(LossyLabel, new DeliveryTerms(isUnordered: true, mostRetransmissions: 0));

    /// <summary>Sends text.</summary>
    public SendResult Send(DataChannel channel, string text) => Send(channel, MessageKind.Text, Encoding.UTF8.GetBytes(text));

    /// <summary>Sends a message.</summary>
    public SendResult Send(DataChannel channel, MessageKind kind, byte[] message)
    {
        SendResult result = default;
        Change((_, now) => result = channel.Send(kind, message, now));
        return result;
    }

    /// <summary>Closes a channel.</summary>
    public void Close(DataChannel channel) => Change((_, now) => channel.Close(now));

    /// <summary>Aborts the association, and tells the server.</summary>
    public void Abort()
    {
        lock (_lock)
        {
            if (!_isOver)
            {
                _channels.Abort(ClientTimes.Shared.Now);
            }
        }
    }

    /// <summary>Ends it for a reason of its owner's, who ends the peer too.</summary>
    public void EndBy(string why)
    {
        Why ??= why;
        _lines.Writer.TryComplete();
        _latest.Writer.TryComplete();
        _connected.TrySetException(new IOException(Why));
        _ = _connected.Task.Exception;
        Interlocked.Exchange(ref _room, null)?.TrySetResult();
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _peer.Received = static _ => { };
        lock (_lock)
        {
            _isOver = true;
        }

        EndBy("the client has ended");
        return ValueTask.CompletedTask;
    }

    long IDue.OnDue(long now)
    {
        lock (_lock)
        {
            if (_isOver)
            {
                return Deadlines.Never;
            }

            if (now >= _channels.NextDeadline)
            {
                _channels.OnDeadline(now);
            }

            return _channels.NextDeadline;
        }
    }

    void IDue.OnFailure(Exception failure) => EndBy(failure.Message);

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
        try
        {
            if (kind != MessageKind.Text)
            {
                throw new FormatException("A binary message came, where all are text.");
            }

            if (channel.Label == LossyLabel)
            {
                string text = MessageLines.Read(message);
                if (_gathersAll)
                {
                    AddLine(text);
                }
                else
                {
                    _latest.Writer.TryWrite(text);
                }

                return;
            }

            ((MessageLines)(channel.Tag ??= new MessageLines())).Add(message, _addLine);
        }
        catch (Exception fault) when (fault is FormatException or DecoderFallbackException)
        {
            _lines.Writer.TryComplete(new FormatException(fault is FormatException ? fault.Message : "Something else than UTF-8 was received."));
        }
    }

    void IChannelHandler.OnMaySend(DataChannel channel)
    {
    }

    void IChannelHandler.OnBufferedLow(DataChannel channel)
    {
    }

    void IChannelHandler.OnChannelClosed(DataChannel channel) => Closed?.Invoke(channel);

    void IChannelHandler.OnEnded(AssociationEnd end)
    {
        IsOrderly = end.Kind == AssociationEndKind.Shutdown;
        EndBy(end.Kind switch
        {
            AssociationEndKind.Shutdown => "the association was shut down",
            AssociationEndKind.AbortedByPeer => "the server aborted the association",
            AssociationEndKind.Unreachable => "the server acknowledges nothing any more",
            _ => $"the association was aborted here ({end.Cause})",
        });
        Ended.TrySetResult(end);
    }

    private void Receive(ReadOnlySpan<byte> packet)
    {
        lock (_lock)
        {
            if (_isOver || IsDown)
            {
                return;
            }

            _channels.Receive(packet, ClientTimes.Shared.Now);
            ClientTimes.Shared.Schedule(this, _channels.NextDeadline);
        }
    }

    private void Change(Action<ChannelEndpoint, long> change)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isOver, this);
            change(_channels, ClientTimes.Shared.Now);
            ClientTimes.Shared.Schedule(this, _channels.NextDeadline);
        }
    }

    // Called under the lock, so that nothing takes the room away in between.
    private void AddLine(string line)
    {
        if (Interlocked.Add(ref _unread, line.Length) > _mostUnread)
        {
            Interlocked.CompareExchange(ref _room, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), null);
        }

        _lines.Writer.TryWrite(line);
    }
}
