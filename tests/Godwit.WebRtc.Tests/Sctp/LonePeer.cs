using Godwit.WebRtc.DataChannels;
using Godwit.WebRtc.Sctp;
using Godwit.WebRtc.Sctp.Wire;

namespace Godwit.WebRtc.Tests.Sctp;

/// <summary>An endpoint to which packets are written by hand, and which keeps nothing of what it is told.</summary>
internal sealed class LonePeer : IChannelHandler
{
    private readonly ChannelOptions _options;
    private byte[]? _last;
    private bool _keepsPackets = true;

    public LonePeer(ChannelOptions options)
    {
        _options = options;
        Endpoint = new ChannelEndpoint(options, this, isDtlsClient: false);
    }

    public ChannelEndpoint Endpoint { get; }

    public long Now { get; private set; } = 1_000_000;

    public uint OwnTag { get; private set; }

    public int Received { get; private set; }

    /// <summary>An endpoint in one of the states that an association has.</summary>
    public static LonePeer In(ChannelOptions options, int state)
    {
        var peer = new LonePeer(options);
        if (state == 1)
        {
            peer.Endpoint.Connect(peer.Now);
            peer.OwnTag = RawPacket.Read(peer._last).Chunks[0].Word(0);
        }
        else if (state > 1)
        {
            peer.Receive(new RawPacket(0, [RawChunk.Init(ScriptedAssociation.PeerTag, 5000)]).ToArray());
            RawChunk answer = RawPacket.Read(peer._last).Chunks[0];
            peer.OwnTag = answer.Word(0);
            peer.Receive(new RawPacket(peer.OwnTag, [ScriptedAssociation.Cookie(answer)]).ToArray());
            peer.Endpoint.Open("own", "", default, peer.Now)?.Send(MessageKind.Binary, new byte[3000], peer.Now);
            if (state == 4)
            {
                peer.Endpoint.Shutdown(peer.Now);
            }
            else if (state == 5)
            {
                peer.Receive(new RawPacket(peer.OwnTag, [RawChunk.Of(ChunkType.Shutdown, RawChunk.Words(999))]).ToArray());
            }
            else if (state == 6)
            {
                peer.Endpoint.Abort(peer.Now);
            }
        }

        peer._keepsPackets = false;
        return peer;
    }

    public void Receive(byte[] packet)
    {
        Endpoint.Receive(packet, Now);
        Association association = Endpoint.Association;
        Assert.True(association.Held <= 2 * _options.Sctp.ReceiveBuffer, $"{association.Held} octets are held.");
        Assert.True(association.Buffered <= _options.Sctp.SendBuffer + (16 << 10), $"{association.Buffered} octets are buffered.");
        Assert.True(Endpoint.Channels.Length <= _options.MostChannels);
        Assert.True(association.Flight >= 0);
    }

    public void Pass(long time)
    {
        long end = Now + time;
        int steps = 0;
        while (Endpoint.NextDeadline <= end)
        {
            Now = Math.Max(Now, Endpoint.NextDeadline);
            Endpoint.OnDeadline(Now);
            Assert.True(++steps < 10_000, "It goes on and on.");
        }

        Now = end;
    }

    void IChannelHandler.Send(ReadOnlySpan<byte> packet)
    {
        Assert.True(packet.Length <= _options.Sctp.PacketLength);
        if (_keepsPackets)
        {
            _last = packet.ToArray();
        }
    }

    void IChannelHandler.OnConnected()
    {
    }

    void IChannelHandler.OnChannelOpened(DataChannel channel)
    {
    }

    void IChannelHandler.OnMessage(DataChannel channel, MessageKind kind, ReadOnlySpan<byte> message) => Received++;

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
}
