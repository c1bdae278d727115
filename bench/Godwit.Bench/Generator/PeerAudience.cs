using Godwit.WebRtc.Client;
using HdrHistogram;

namespace Godwit.Bench.Generator;

/// <summary>Readers over data channels, each with a peer of its own, and the thread that does what is due for all of them.</summary>
internal sealed class PeerAudience : IDisposable
{
    private const int AtOnce = 8;
    private const int TickMilliseconds = 10;

    private readonly List<PeerReader> _readers = [];
    private readonly Thread _ticker;
    private volatile bool _isEnding;

    /// <summary>Connects them, and returns when all have joined the room.</summary>
    /// <param name="count">How many.</param>
    /// <param name="create">Makes a peer that is not connected yet.</param>
    /// <param name="http">By which offers are sent.</param>
    /// <param name="server">The server's address.</param>
    /// <param name="room">The room that they read, from the next entry on.</param>
    /// <param name="first">The number of that entry.</param>
    /// <param name="timeline">When entries are published, where times are taken.</param>
    /// <param name="timedOf">One reader in so many is timed.</param>
    /// <param name="lossyRoom">How many entries there may be, where they open the channel that may lose some, and ask for the newest alone; null where they do not.</param>
    /// <param name="cancel">Gives up.</param>
    public PeerAudience(int count, Func<ClientPeer> create, HttpClient http, Uri server, string room, long first, Timeline? timeline, int timedOf, int? lossyRoom, CancellationToken cancel)
    {
        IsLossy = lossyRoom is not null;
        _ticker = new Thread(Tick) { IsBackground = true, Name = "peers" };
        _ticker.Start();
        Uri session = new(server, "/rt/session");
        try
        {
            Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancel }, async (index, stop) =>
            {
                Stopwatches? times = timeline is not null && index % timedOf == 0 ? new Stopwatches(timeline) : null;
                await PeerReader.ConnectAsync(create(), http, session, room, new Ledger(first, lossyRoom ?? 0, ordered: lossyRoom is null), Progress, times, lossyRoom is not null, Add, stop).ConfigureAwait(false);
            }).GetAwaiter().GetResult();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public Progress Progress { get; } = new();

    /// <summary>Whether the server has left the channels open that may lose entries.</summary>
    public bool IsLossyServed => All().All(static reader => reader.HasLossy);

    /// <summary>Whether entries may be lost.</summary>
    public bool IsLossy { get; }

    /// <summary>How many entries came over channels that may lose them.</summary>
    public long OverLossy => All().Sum(static reader => (long)reader.OverLossy);

    /// <summary>The times of the timed readers. To be asked when nothing is under way.</summary>
    public LongHistogram Times()
    {
        LongHistogram all = new(60_000_000, numberOfSignificantValueDigits: 3);
        foreach (Stopwatches times in Timed())
        {
            all.Add(times.Histogram);
        }

        return all;
    }

    /// <summary>Forgets the times taken so far. To be called when nothing is under way.</summary>
    public void ForgetTimes()
    {
        foreach (Stopwatches times in Timed())
        {
            times.Histogram.Reset();
        }
    }

    public void Dispose()
    {
        if (_isEnding)
        {
            return;
        }

        _isEnding = true;
        _ticker.Join();
        foreach (PeerReader reader in All())
        {
            reader.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    private void Add(PeerReader reader)
    {
        lock (_readers)
        {
            _readers.Add(reader);
        }
    }

    private PeerReader[] All()
    {
        lock (_readers)
        {
            return [.. _readers];
        }
    }

    private IEnumerable<Stopwatches> Timed() => All().Select(static reader => reader.Times).OfType<Stopwatches>();

    private void Tick()
    {
        while (!_isEnding)
        {
            Thread.Sleep(TickMilliseconds);
            long now = Environment.TickCount64;
            foreach (PeerReader reader in All())
            {
                reader.Tick(now);
            }
        }
    }
}
