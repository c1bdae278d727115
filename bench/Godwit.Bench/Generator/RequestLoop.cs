using System.Net;
using System.Net.Sockets;

namespace Godwit.Bench.Generator;

/// <summary>Keep-alive connections that send one request each and then take all answers, again and again.</summary>
internal sealed class RequestLoop : IDisposable
{
    private readonly Socket[] _sockets;
    private readonly byte[] _buffer = new byte[64 << 10];

    public RequestLoop(int port, int connections)
    {
        _sockets = new Socket[connections];
        for (int i = 0; i < connections; i++)
        {
            _sockets[i] = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            _sockets[i].Connect(IPAddress.Loopback, port);
        }
    }

    /// <summary>Sends a request on one connection and returns the body of its answer.</summary>
    public byte[] Ask(byte[] request)
    {
        _sockets[0].Send(request);
        return Take(_sockets[0]).ToArray();
    }

    /// <summary>Sends the request on every connection, so many times.</summary>
    public void Run(byte[] request, int times, CancellationToken cancel)
    {
        for (int i = 0; i < times; i++)
        {
            cancel.ThrowIfCancellationRequested();
            foreach (Socket socket in _sockets)
            {
                socket.Send(request);
            }

            foreach (Socket socket in _sockets)
            {
                Take(socket);
            }
        }
    }

    public void Dispose()
    {
        foreach (Socket? socket in _sockets)
        {
            socket?.Dispose();
        }
    }

    private Span<byte> Take(Socket socket)
    {
        for (int length = 0; ;)
        {
            int octets = socket.Receive(_buffer.AsSpan(length));
            length += octets;
            if (HttpAnswer.TryTake(_buffer.AsSpan(0, length), out _, out int status, out Span<byte> body))
            {
                return status is 200 or 201 ? body : throw new BenchFault($"A request was answered with {status}: {System.Text.Encoding.UTF8.GetString(body)}");
            }

            if (octets == 0 || length == _buffer.Length)
            {
                throw new BenchFault("A request was not answered.");
            }
        }
    }
}
