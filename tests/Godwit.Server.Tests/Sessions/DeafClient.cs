using System.Buffers.Binary;
using System.Text;
using Godwit.WebRtc.Client;
using Godwit.WebRtc.DataChannels;
using Godwit.WebRtc.Sctp;
using Godwit.WebRtc.Sctp.Wire;
using Godwit.WebRtc.Transport;
using ChannelOptions = Godwit.WebRtc.DataChannels.ChannelOptions;

namespace Godwit.Server.Tests.Sessions;

/// <summary>A client with a session over its data channel that takes nothing any more from some moment on, while its checks go on.</summary>
internal sealed class DeafClient : IChannelHandler
{
    private const int FirstChunk = CommonHeader.Length;
    private const int FirstLength = FirstChunk + 2;
    private const int ReceiverWindow = FirstChunk + 8;

    private readonly ClientPeer _peer;
    private readonly ChannelEndpoint _channels;
    private readonly DataChannel _channel;
    private readonly Lock _lock = new();
    private readonly StringBuilder _heard = new();
    private byte[]? _acknowledgement;
    private bool _isDeaf;
    private bool _saysSo;
    private int _refused;

    /// <summary>Begins an association over a peer that is connected, and opens the channel.</summary>
    public DeafClient(ClientPeer peer)
    {
        _peer = peer;
        _channels = new ChannelEndpoint(new ChannelOptions(), this, isDtlsClient: true);
        peer.Received = Receive;
        lock (_lock)
        {
            _channels.Connect(Now);
            _channel = _channels.Open(PeerSession.Reliable, "", new DeliveryTerms(), Now)!;
        }
    }

    /// <summary>What has come before it was deaf.</summary>
    public string Heard
    {
        get
        {
            lock (_lock)
            {
                return _heard.ToString();
            }
        }
    }

    /// <summary>How many packets with something in them have come since.</summary>
    public int Refused => Volatile.Read(ref _refused);

    private static long Now => Environment.TickCount64;

    /// <summary>Sends a frame.</summary>
    public void Say(string frame)
    {
        lock (_lock)
        {
            Assert.Equal(SendResult.Sent, _channel.Send(MessageKind.Text, Encoding.UTF8.GetBytes(frame), Now));
        }
    }

    /// <summary>Does what is due.</summary>
    public void Tick()
    {
        lock (_lock)
        {
            if (!_isDeaf && Now >= _channels.NextDeadline)
            {
                _channels.OnDeadline(Now);
            }
        }
    }

    /// <summary>Takes nothing from now on.</summary>
    /// <param name="saysSo">Whether what comes is answered with the last acknowledgement and a window of 0; else it is not answered.</param>
    public void GoDeaf(bool saysSo)
    {
        lock (_lock)
        {
            (_isDeaf, _saysSo) = (true, saysSo);
            byte[] closed = _acknowledgement ?? throw new InvalidOperationException("Nothing has been acknowledged yet.");
            BinaryPrimitives.WriteUInt32BigEndian(closed.AsSpan(ReceiverWindow), 0);
            CommonHeader.Seal(closed);
        }
    }

    void IChannelHandler.Send(ReadOnlySpan<byte> packet)
    {
        if (packet[FirstChunk] == (byte)ChunkType.Sack)
        {
            _acknowledgement = packet[..(FirstChunk + BinaryPrimitives.ReadUInt16BigEndian(packet[FirstLength..]))].ToArray();
        }

        _peer.Send(packet);
    }

    void IChannelHandler.OnConnected()
    {
    }

    void IChannelHandler.OnChannelOpened(DataChannel channel)
    {
    }

    void IChannelHandler.OnMessage(DataChannel channel, MessageKind kind, ReadOnlySpan<byte> message) => _heard.Append(Encoding.UTF8.GetString(message));

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
    }

    private void Receive(ReadOnlySpan<byte> packet)
    {
        lock (_lock)
        {
            if (!_isDeaf)
            {
                _channels.Receive(packet, Now);
                return;
            }

            if (packet[FirstChunk] == (byte)ChunkType.Payload)
            {
                Interlocked.Increment(ref _refused);
                if (_saysSo)
                {
                    _peer.Send(_acknowledgement);
                }
            }
        }
    }
}
