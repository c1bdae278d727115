using Godwit.Bench.Generator;
using Godwit.Bench.Systems;

namespace Godwit.Bench.Loads;

/// <summary>A server that has just been started, its publishers and its audience: what each measurement begins with.</summary>
internal sealed class Stage : IDisposable
{
    private readonly BenchSystem _system;
    private readonly Transport _transport;
    private readonly BenchContext _context;
    private long _publishedBefore;

    public Stage(BenchSystem system, Transport transport, BenchContext context, int publishers = 1, IReadOnlyDictionary<string, string>? environment = null)
    {
        _system = system;
        _transport = transport;
        _context = context;
        Server = new ServerProcess(system, context, environment);
        try
        {
            Publishers = new Publishers(system.Publishing, Server.Port, publishers);
            Publishers.Publish(1, context.Cancel); // polls begin at its position
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
    /// <param name="timeline">When entries are published, where times are taken.</param>
    public void Seat(int count, int room, Timeline? timeline = null)
    {
        Audience?.Dispose();
        Audience = null;
        _publishedBefore = Publishers.Published;
        Seats = count;
        Audience = Connect(count, Publishers.Published + 1, Publishers.LastAnswer, room, new ReaderSettings { Timeline = timeline, Encrypts = _transport == Transport.SecureWebSocket });
        Publishers.Timeline = timeline;
        Audience.WaitUntilReady(_context.Cancel);
        Server.WaitUntilQuiet();
    }

    /// <summary>Begins to connect readers beside the audience.</summary>
    /// <param name="count">How many.</param>
    /// <param name="first">The number of the first entry that they are to receive.</param>
    /// <param name="after">The body of the answer to the publish before it.</param>
    /// <param name="room">How many entries they will receive at most.</param>
    /// <param name="settings">How they read.</param>
    public Audience Connect(int count, long first, string after, int room, ReaderSettings settings) =>
        new(count, index => _system.CreateReader(_transport, new Ledger(first, room, _system.Ordered), index, after), settings.Encrypts ? Server.SecurePort : Server.Port, settings, _context.Options.Threads);

    /// <summary>Publishes and waits until every reader has every entry. Returns the time stamp of the last delivery.</summary>
    public long Publish(int entries) => Await(entries, () => Publishers.Publish(entries, _context.Cancel));

    /// <summary>Publishes at a rate, and waits until every reader has every entry.</summary>
    public long PublishAt(double perSecond, int entries) => Await(entries, () => Publishers.PublishAt(perSecond, entries, _context.Cancel));

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
        Server.WaitUntilQuiet();
        Audience!.Progress.ThrowIfFailed();
    }

    public void Dispose()
    {
        Audience?.Dispose();
        Publishers?.Dispose();
        Server.Dispose();
    }

    private long Await(int entries, Action publish)
    {
        // A batch may carry a few entries more than were asked for.
        int posts = (entries + Publishers.Form.Entries - 1) / Publishers.Form.Entries;
        Audience!.Progress.Expect((Publishers.Published - _publishedBefore + (posts * (long)Publishers.Form.Entries)) * Seats);
        publish();
        return Audience.Progress.WaitForExpected(_context.Cancel);
    }
}
