using System.Diagnostics;
using System.Text;

namespace Godwit.Bench.Load;

/// <summary>Publishers: each a kept-alive connection with one POST under way at most.</summary>
internal sealed class Publishers : IDisposable
{
    /// <summary>The octets of data in each entry.</summary>
    public const int DataLength = 128;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);
    private readonly string _path;
    private readonly int _poller = Linux.CreatePoller();
    private readonly int[] _descriptors;
    private readonly byte[][] _rest;
    private readonly byte[] _events = new byte[64 * Linux.EventSize];
    private readonly byte[] _buffer = new byte[64 << 10];

    public Publishers(string path, int port, int count)
    {
        _path = path;
        _descriptors = new int[count];
        _rest = new byte[count][];
        for (int i = 0; i < count; i++)
        {
            _rest[i] = [];
            _descriptors[i] = Linux.Connect(port);
            Linux.Watch(_poller, _descriptors[i], Linux.EpollOut, i);
            if (Linux.Wait(_poller, _events, (int)s_patience.TotalMilliseconds) != 1 || Linux.ConnectError(_descriptors[i]) != 0)
            {
                throw new BenchFault("A publisher could not connect.");
            }

            Linux.Rewatch(_poller, _descriptors[i], Linux.EpollIn, i);
        }
    }

    /// <summary>The number of entries published; entry numbers count from 1.</summary>
    public long Published { get; private set; }

    /// <summary>The body of the last answer.</summary>
    public string LastAnswer { get; private set; } = "";

    /// <summary>Publishes entries, each connection its next when the answer is in, and returns when all answers are.</summary>
    public void Publish(int entries, CancellationToken cancel)
    {
        int sent = 0;
        int answered = 0;
        long lastAnswer = Stopwatch.GetTimestamp();
        for (; sent < Math.Min(entries, _descriptors.Length); sent++)
        {
            Post(sent);
        }

        while (answered < entries)
        {
            cancel.ThrowIfCancellationRequested();
            int count = Linux.Wait(_poller, _events, milliseconds: 100);
            if (count > 0)
            {
                lastAnswer = Stopwatch.GetTimestamp();
            }
            else if (Stopwatch.GetElapsedTime(lastAnswer) > s_patience)
            {
                throw new BenchFault($"A publish was not answered within {s_patience.TotalSeconds:0} s.");
            }

            for (int i = 0; i < count; i++)
            {
                (_, int publisher) = Linux.Event(_events, i);
                if (!TryReadAnswer(publisher))
                {
                    continue;
                }

                answered++;
                if (sent < entries)
                {
                    sent++;
                    Post(publisher);
                }
            }
        }
    }

    public void Dispose()
    {
        foreach (int descriptor in _descriptors)
        {
            Linux.Close(descriptor);
        }

        Linux.Close(_poller);
    }

    /// <summary>JSON of exactly <see cref="DataLength"/> octets that carries the entry's number.</summary>
    private static string Data(long number)
    {
        string start = $"{{\"n\":{number},\"pad\":\"";
        return start + new string('x', DataLength - start.Length - 2) + "\"}";
    }

    private void Post(int publisher)
    {
        Published++;
        string request = $"POST {_path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {DataLength}\r\n\r\n{Data(Published)}";
        Linux.Send(_descriptors[publisher], Encoding.ASCII.GetBytes(request));
    }

    private bool TryReadAnswer(int publisher)
    {
        byte[] rest = _rest[publisher];
        rest.CopyTo(_buffer, 0);
        int received = Linux.Receive(_descriptors[publisher], _buffer.AsSpan(rest.Length));
        if (received == -Linux.TryAgain)
        {
            return false;
        }

        if (received <= 0)
        {
            throw new BenchFault("The server closed a publisher's connection.");
        }

        Span<byte> arrived = _buffer.AsSpan(0, rest.Length + received);
        if (!HttpAnswer.TryTake(arrived, out int length, out int status, out Span<byte> body))
        {
            _rest[publisher] = arrived.ToArray();
            return false;
        }

        LastAnswer = Encoding.UTF8.GetString(body);
        if (status is < 200 or > 299)
        {
            throw new BenchFault($"A publish was answered {status}: {LastAnswer}");
        }

        _rest[publisher] = length == arrived.Length ? [] : arrived[length..].ToArray();
        return true;
    }
}
