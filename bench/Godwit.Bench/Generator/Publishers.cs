using System.Diagnostics;
using System.Text;
using HdrHistogram;

namespace Godwit.Bench.Generator;

/// <summary>Publishers: each a kept-alive connection with one POST under way at most.</summary>
internal sealed class Publishers : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);
    private readonly int _poller = Linux.CreatePoller();
    private readonly int[] _descriptors;
    private readonly byte[][] _rest;
    private readonly long[] _sent;
    private readonly byte[] _events = new byte[64 * Linux.EventSize];
    private readonly byte[] _buffer = new byte[256 << 10];

    /// <param name="form">What a POST looks like.</param>
    /// <param name="port">The server's.</param>
    /// <param name="count">How many.</param>
    /// <param name="published">The number of the last entry that others have published.</param>
    public Publishers(PublishForm form, int port, int count, long published = 0)
    {
        Form = form;
        Published = published;
        _descriptors = new int[count];
        _rest = new byte[count][];
        _sent = new long[count];
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

    /// <summary>What a POST looks like, and how many entries it carries.</summary>
    public PublishForm Form { get; set; }

    /// <summary>The number of entries published; entry numbers count from 1.</summary>
    public long Published { get; private set; }

    /// <summary>The body of the last answer.</summary>
    public string LastAnswer { get; private set; } = "";

    /// <summary>Told of each entry when it is sent; null where times are not taken.</summary>
    public Timeline? Timeline { get; set; }

    /// <summary>Told of each answer how long it took, in microseconds; null where that is not taken.</summary>
    public LongHistogram? Answers { get; set; }

    /// <summary>Publishes entries, each connection its next when the answer is in, and returns when all answers are.</summary>
    public void Publish(int entries, CancellationToken cancel)
    {
        int posts = (entries + Form.Entries - 1) / Form.Entries;
        int sent = 0;
        int answered = 0;
        long lastAnswer = Stopwatch.GetTimestamp();
        for (; sent < Math.Min(posts, _descriptors.Length); sent++)
        {
            Post(sent, Stopwatch.GetTimestamp());
        }

        while (answered < posts)
        {
            foreach (int publisher in Answered(milliseconds: 100, ref lastAnswer, cancel))
            {
                answered++;
                if (sent < posts)
                {
                    sent++;
                    Post(publisher, Stopwatch.GetTimestamp());
                }
            }
        }
    }

    /// <summary>Publishes entries at a rate on the first connection. An entry that is due while an answer is awaited counts from when it was due.</summary>
    public void PublishAt(double perSecond, int entries, CancellationToken cancel)
    {
        long start = Stopwatch.GetTimestamp();
        long lastAnswer = start;
        bool waits = false;
        for (int sent = 0; sent < entries || waits;)
        {
            long due = start + (long)(sent / perSecond * Stopwatch.Frequency);
            long now = Stopwatch.GetTimestamp();
            if (!waits && sent < entries && now >= due)
            {
                Post(0, lastAnswer > due ? due : now);
                sent++;
                waits = true;
                continue;
            }

            int pause = waits ? 100 : Math.Max(1, (int)((due - now) * 1000 / Stopwatch.Frequency));
            foreach (int _ in Answered(pause, ref lastAnswer, cancel))
            {
                waits = false;
            }

            if (!waits && lastAnswer < now)
            {
                lastAnswer = now; // nothing is under way, and so nothing is late
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

    private void Post(int publisher, long timeStamp)
    {
        long first = Published + 1;
        Published += Form.Entries;
        byte[] request = Encoding.ASCII.GetBytes(Form.Compose(first));
        for (long number = first; number <= Published && Timeline is not null; number++)
        {
            Timeline.Publish(number, timeStamp);
        }

        _sent[publisher] = timeStamp;
        Linux.Send(_descriptors[publisher], request);
    }

    private List<int> Answered(int milliseconds, ref long lastAnswer, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        int count = Linux.Wait(_poller, _events, milliseconds);
        List<int> answered = [];
        for (int i = 0; i < count; i++)
        {
            (_, int publisher) = Linux.Event(_events, i);
            if (TryReadAnswer(publisher))
            {
                answered.Add(publisher);
                Answers?.RecordValue((long)Math.Clamp(Stopwatch.GetElapsedTime(_sent[publisher]).TotalMicroseconds, 1, Answers.HighestTrackableValue));
            }
        }

        if (count > 0)
        {
            lastAnswer = Stopwatch.GetTimestamp();
        }
        else if (milliseconds == 100 && Stopwatch.GetElapsedTime(lastAnswer) > s_patience)
        {
            throw new BenchFault($"A publish was not answered within {s_patience.TotalSeconds:0} s.");
        }

        return answered;
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
        if (status is < 200 or > 299 || Form.Fault(LastAnswer) is not null)
        {
            throw new BenchFault($"A publish was answered {status}: {Form.Fault(LastAnswer) ?? LastAnswer}");
        }

        _rest[publisher] = length == arrived.Length ? [] : arrived[length..].ToArray();
        return true;
    }
}
