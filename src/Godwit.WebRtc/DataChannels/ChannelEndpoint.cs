using System.Text;
using Godwit.WebRtc.Sctp;
using Godwit.WebRtc.Sctp.Wire;

namespace Godwit.WebRtc.DataChannels;

/// <summary>One end of an association that carries data channels (RFC 8831, RFC 8832).</summary>
/// <remarks>
/// It is driven: packets that DTLS has decrypted go to <see cref="Receive"/>, and <see cref="OnDeadline"/> is called when
/// <see cref="NextDeadline"/> has come. No two calls at once. Times are in milliseconds of any clock that never goes back.
/// </remarks>
internal sealed partial class ChannelEndpoint : IAssociationUser
{
    private readonly ChannelOptions _options;
    private readonly IChannelHandler _handler;
    private readonly bool _isDtlsClient;
    private DataChannel[] _channels = [];
    private int _count;
    private int _refused;
    private bool _isWatching;
    private bool _hasSent;
    private long _now;

    /// <summary>Makes an end that waits for the other end to begin the association.</summary>
    /// <param name="options">What channels may be and hold.</param>
    /// <param name="handler">Who owns them.</param>
    /// <param name="isDtlsClient">Whether this end is the DTLS client; its channels have even numbers then, else odd ones.</param>
    /// <param name="ownPort">The SCTP port of this end, as its SDP says.</param>
    /// <param name="peerPort">The SCTP port of the other end.</param>
    public ChannelEndpoint(ChannelOptions options, IChannelHandler handler, bool isDtlsClient, ushort ownPort = 5000, ushort peerPort = 5000)
    {
        _options = options;
        _handler = handler;
        _isDtlsClient = isDtlsClient;
        Association = new Association(options.Sctp, this, ownPort, peerPort);
    }

    /// <summary>The association below.</summary>
    public Association Association { get; }

    /// <summary>The channels that are not closed.</summary>
    public ReadOnlySpan<DataChannel> Channels => _channels.AsSpan(0, _count);

    /// <summary>The largest message that the other end takes, in octets, as <c>a=max-message-size</c> of its SDP says.</summary>
    /// <value>64 KiB, which an SDP without it means; 0 is without limit.</value>
    public long PeerLargestMessage { get; set; } = 65536;

    /// <summary>When <see cref="OnDeadline"/> is to be called; <see cref="Association.Never"/> if nothing is due.</summary>
    public long NextDeadline => Association.NextDeadline;

    /// <summary>Begins the association from this end; the other end may as well.</summary>
    public void Connect(long now) => Association.Connect(now);

    /// <summary>Takes an SCTP packet. One that is broken changes nothing.</summary>
    public void Receive(ReadOnlySpan<byte> packet, long now)
    {
        _now = Math.Max(_now, now);
        Association.Receive(packet, now);
    }

    /// <summary>Does what is due.</summary>
    public void OnDeadline(long now)
    {
        _now = Math.Max(_now, now);
        Association.OnDeadline(now);
    }

    /// <summary>Begins a number of calls whose messages may share packets; <see cref="EndBatch"/> sends them.</summary>
    public void BeginBatch(long now)
    {
        _now = Math.Max(_now, now);
        Association.Enter(now);
    }

    /// <summary>Ends what <see cref="BeginBatch"/> began.</summary>
    public void EndBatch() => Association.Leave();

    /// <summary>Opens a channel; it takes messages at once. Before the association is there it waits for it.</summary>
    /// <param name="label">The label; several channels may have one.</param>
    /// <param name="protocol">The name of the protocol spoken over it; may be empty.</param>
    /// <param name="terms">How hard it is tried to deliver its messages: a number of retransmissions or a lifetime, not both.</param>
    /// <param name="now">The time.</param>
    /// <returns>The channel; null if there are as many as may be, or the association is over.</returns>
    public DataChannel? Open(string label, string protocol, DeliveryTerms terms, long now)
    {
        if (terms is { MostRetransmissions: not uint.MaxValue, Lifetime: not uint.MaxValue })
        {
            throw new ArgumentException("A channel has a number of retransmissions or a lifetime, not both.", nameof(terms));
        }

        int id = FreeId();
        if (_count >= _options.MostChannels || id < 0)
        {
            return null;
        }

        _now = Math.Max(_now, now);
        var channel = new DataChannel(this, (ushort)id, label, protocol, terms, ChannelState.Opening);
        byte[] open = new byte[ChannelOpen.LengthFor(label, protocol)];
        ChannelOpen.Write(open, terms, label, protocol);
        Add(channel);
        if (Association.Send(channel.Stream, PayloadProtocol.Control, open, default, now, isControl: true) == SendResult.Sent)
        {
            return channel;
        }

        Remove(channel);
        return null;
    }

    /// <summary>Ends the association once everything that was sent has arrived.</summary>
    public void Shutdown(long now) => Association.Shutdown(now);

    /// <summary>Ends the association at once, and tells the other end.</summary>
    public void Abort(long now) => Association.Abort(now);

    internal bool IsCrowded => Association.Buffered > _options.Sctp.SendBuffer / 2;

    internal bool FitsPeer(int length) => PeerLargestMessage == 0 || length <= PeerLargestMessage;

    internal void Watch() => _isWatching = true;

    internal void NoteSent(bool sent) => _hasSent |= sent;

    internal void Close(DataChannel channel, long now)
    {
        if (channel.State is not (ChannelState.Open or ChannelState.Opening))
        {
            return;
        }

        channel.State = ChannelState.Closing;
        if (!Association.Reset(channel.Stream, now))
        {
            // Before there is an association, or where the other end cannot reset streams: it is gone for this end alone.
            Association.Discard(channel.Stream);
            Finish(channel);
        }
    }

    private void Finish(DataChannel channel)
    {
        if (channel.State != ChannelState.Closed)
        {
            Remove(channel);
            channel.State = ChannelState.Closed;
            _handler.OnChannelClosed(channel);
        }
    }

    private void CloseAll()
    {
        while (_count > 0)
        {
            Finish(_channels[_count - 1]);
        }
    }

    private DataChannel? Find(ushort id)
    {
        foreach (DataChannel channel in Channels)
        {
            if (channel.Id == id)
            {
                return channel;
            }
        }

        return null;
    }

    private int FreeId()
    {
        if (Association.State >= AssociationState.ShutdownPending)
        {
            return -1;
        }

        int id = _isDtlsClient ? 0 : 1;
        while (id < ushort.MaxValue && Find((ushort)id) is not null)
        {
            id += 2;
        }

        return id < ushort.MaxValue ? id : -1;
    }

    private void Add(DataChannel channel)
    {
        if (_count == _channels.Length)
        {
            Array.Resize(ref _channels, Math.Max(2, _count * 2));
        }

        _channels[_count++] = channel;
    }

    private void Remove(DataChannel channel)
    {
        int at = Array.IndexOf(_channels, channel, 0, _count);
        if (at >= 0)
        {
            _channels[at] = _channels[--_count];
            _channels[_count] = null!;
        }
    }

    private string Text(ReadOnlySpan<byte> text)
    {
        foreach (string common in _options.CommonTexts)
        {
            if (Ascii.Equals(text, common))
            {
                return common;
            }
        }

        return Encoding.UTF8.GetString(text);
    }
}
