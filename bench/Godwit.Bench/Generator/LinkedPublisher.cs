using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Godwit.Server.Links;

namespace Godwit.Bench.Generator;

/// <summary>A publisher at the end of a link where the server is.</summary>
internal sealed class LinkedPublisher : IDisposable
{
    private readonly Socket _socket;
    private readonly PublishForm _form;
    private readonly Timeline _timeline;
    private readonly byte[] _answer = new byte[16 << 10];
    private long _published;

    public LinkedPublisher(LinkEnd end, Uri server, string room, Timeline timeline)
    {
        _form = new PublishForm("/rt/rooms/" + room);
        _timeline = timeline;
        _socket = end.OpenSocket();
        _socket.NoDelay = true;
        _socket.Connect(IPAddress.Parse(server.Host), server.Port);
    }

    /// <summary>Publishes entries at a rate, and returns when all answers are in.</summary>
    public void PublishAt(double perSecond, int entries, CancellationToken cancel)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < entries; i++)
        {
            TimeSpan wait = TimeSpan.FromSeconds(i / perSecond) - Stopwatch.GetElapsedTime(start);
            if (wait > TimeSpan.Zero)
            {
                cancel.WaitHandle.WaitOne(wait);
            }

            cancel.ThrowIfCancellationRequested();
            _timeline.Publish(++_published, Stopwatch.GetTimestamp());
            _socket.Send(Encoding.ASCII.GetBytes(_form.Compose(_published)));
            Await();
        }
    }

    public void Dispose() => _socket.Dispose();

    private void Await()
    {
        for (int length = 0; ;)
        {
            int count = _socket.Receive(_answer.AsSpan(length));
            length += count > 0 ? count : throw new BenchFault("The server closed the publisher's connection.");
            if (HttpAnswer.TryTake(_answer.AsSpan(0, length), out _, out int status, out Span<byte> body))
            {
                if (status is < 200 or > 299)
                {
                    throw new BenchFault($"A publish was answered {status}: {Encoding.UTF8.GetString(body)}");
                }

                return;
            }
        }
    }
}
