using System.Net;
using Godwit.WebRtc.Udp;

namespace Godwit.WebRtc.Tests.Peers;

/// <summary>A socket that keeps what is sent by it.</summary>
internal sealed class SentDatagrams : IDatagramSocket
{
    private readonly List<(byte[] Datagram, IPEndPoint To)> _sent = [];

    public byte Number => 0;

    /// <summary>What was sent since the last time.</summary>
    public (byte[] Datagram, IPEndPoint To)[] Take()
    {
        lock (_sent)
        {
            (byte[], IPEndPoint)[] sent = [.. _sent];
            _sent.Clear();
            return sent;
        }
    }

    public void Send(ReadOnlySpan<byte> datagram, SocketAddress to)
    {
        lock (_sent)
        {
            _sent.Add((datagram.ToArray(), (IPEndPoint)new IPEndPoint(IPAddress.Any, 0).Create(to)));
        }
    }
}
