using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Godwit.WebRtc.DataChannels;
using Godwit.WebRtc.Sctp;

namespace Godwit.WebRtc.Tests.Interop;

/// <summary>An endpoint whose packets are UDP datagrams, in real time, on a line that loses some both ways.</summary>
internal sealed class UdpEndpoint : IChannelHandler, IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly byte[] _packet = new byte[65536];
    private readonly Random _random = new(7);
    private readonly int _lossPercent;

    public UdpEndpoint(bool isDtlsClient, int lossPercent)
    {
        _lossPercent = lossPercent;
        _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        Endpoint = new ChannelEndpoint(new ChannelOptions { Sctp = new SctpOptions { SendBuffer = 4 << 20 } }, this, isDtlsClient) { PeerLargestMessage = 0 };
    }

    public ChannelEndpoint Endpoint { get; }

    public int Port => ((IPEndPoint)_socket.LocalEndPoint!).Port;

    public EndPoint? Remote { get; set; }

    public long Now => _clock.ElapsedMilliseconds + 1;

    public bool IsConnected { get; private set; }

    public List<DataChannel> Opened { get; } = [];

    public List<DataChannel> Closed { get; } = [];

    public List<(DataChannel Channel, MessageKind Kind, byte[] Message)> Messages { get; } = [];

    public AssociationEnd? Ended { get; private set; }

    /// <summary>Carries packets until something is so.</summary>
    public void RunUntil(Func<bool> isSo, string what)
    {
        long until = Now + 90_000;
        while (!isSo())
        {
            Assert.True(Now < until, $"In 90 s this did not come about: {what}.");
            long wait = Math.Clamp(Endpoint.NextDeadline - Now, 0, 20);
            if (_socket.Poll(TimeSpan.FromMilliseconds(wait), SelectMode.SelectRead))
            {
                EndPoint from = new IPEndPoint(IPAddress.Any, 0);
                int length = _socket.ReceiveFrom(_packet, ref from);
                Remote ??= from;
                if (_random.Next(100) >= _lossPercent)
                {
                    Endpoint.Receive(_packet.AsSpan(0, length), Now);
                }
            }

            if (Endpoint.NextDeadline <= Now)
            {
                Endpoint.OnDeadline(Now);
            }
        }
    }

    public void Dispose() => _socket.Dispose();

    void IChannelHandler.Send(ReadOnlySpan<byte> packet)
    {
        if (Remote is { } remote && _random.Next(100) >= _lossPercent)
        {
            _socket.SendTo(packet, remote);
        }
    }

    void IChannelHandler.OnConnected() => IsConnected = true;

    void IChannelHandler.OnChannelOpened(DataChannel channel) => Opened.Add(channel);

    void IChannelHandler.OnMessage(DataChannel channel, MessageKind kind, ReadOnlySpan<byte> message) => Messages.Add((channel, kind, message.ToArray()));

    void IChannelHandler.OnMaySend(DataChannel channel)
    {
    }

    void IChannelHandler.OnBufferedLow(DataChannel channel)
    {
    }

    void IChannelHandler.OnChannelClosed(DataChannel channel) => Closed.Add(channel);

    void IChannelHandler.OnEnded(AssociationEnd end) => Ended = end;
}
