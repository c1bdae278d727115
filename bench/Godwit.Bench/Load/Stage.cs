using Godwit.Bench.Systems;

namespace Godwit.Bench.Load;

/// <summary>A server that has just been started, its publishers and its audience: what each measurement begins with.</summary>
internal sealed class Stage : IDisposable
{
    private readonly BenchSystem _system;
    private readonly Transport _transport;
    private readonly int _threads;
    private readonly CancellationToken _cancel;
    private long _publishedBefore;

    public Stage(BenchSystem system, Transport transport, Repository repository, int publishers, int threads, CancellationToken cancel)
    {
        _system = system;
        _transport = transport;
        _threads = threads;
        _cancel = cancel;
        Server = new ServerProcess(system, repository, cancel);
        try
        {
            Publishers = new Publishers(system.PublishPath, Server.Port, publishers);
            Publishers.Publish(1, cancel); // polls begin at its position
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public ServerProcess Server { get; }

    public Publishers Publishers { get; } = null!;

    /// <summary>The readers; null before <see cref="Seat"/>.</summary>
    public Audience? Audience { get; private set; }

    /// <summary>How many readers there are.</summary>
    public int Seats { get; private set; }

    /// <summary>Connects readers, in place of those before, and waits until the server has taken them in.</summary>
    /// <param name="count">How many.</param>
    /// <param name="room">How many entries they will receive at most.</param>
    public void Seat(int count, int room)
    {
        Audience?.Dispose();
        long first = Publishers.Published + 1;
        string answer = Publishers.LastAnswer;
        _publishedBefore = Publishers.Published;
        Seats = count;
        Audience = new Audience(count, () => _system.CreateReader(_transport, new Ledger(first, room, _system.Ordered), answer), Server.Port, _threads);
        Audience.WaitUntilReady(_cancel);
        Server.WaitUntilQuiet(_cancel);
    }

    /// <summary>Publishes and waits until every reader has every entry. Returns the time stamp of the last delivery.</summary>
    public long Publish(int entries)
    {
        Audience!.Progress.Expect((Publishers.Published - _publishedBefore + entries) * Seats);
        Publishers.Publish(entries, _cancel);
        return Audience.Progress.WaitForExpected(_cancel);
    }

    /// <summary>Publishes one by one, each when every reader has the one before.</summary>
    public long PublishPaced(int entries)
    {
        long last = 0;
        for (int i = 0; i < entries; i++)
        {
            last = Publish(1);
        }

        return last;
    }

    /// <summary>Waits for what is left to do, and fails if more arrived than was published.</summary>
    public void Settle()
    {
        Server.WaitUntilQuiet(_cancel);
        Audience!.Progress.ThrowIfFailed();
    }

    public void Dispose()
    {
        Audience?.Dispose();
        Publishers?.Dispose();
        Server.Dispose();
    }
}
