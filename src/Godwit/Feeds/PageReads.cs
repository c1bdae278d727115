using Godwit.Brokers;
using Godwit.Feeds.Pump;
using Godwit.Protocol;

namespace Godwit.Feeds;

/// <summary>Reads pages of one room for readers behind its tail: one read at a time for an offset, whoever asks.</summary>
/// <remarks>The feed calls in under its own lock, so the feed is never called under the lock here.</remarks>
internal sealed class PageReads(Feed feed, IBroker broker, ReadGate gate)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<long, List<Reader>> _flights = [];
    private readonly Page?[] _recent = new Page?[4];
    private int _oldest;
    private int _clears;

    /// <summary>Whether no page is at hand.</summary>
    public bool IsEmpty
    {
        get
        {
            lock (_lock)
            {
                return Array.TrueForAll(_recent, static page => page is null);
            }
        }
    }

    /// <summary>Gives a reader the page with its next entry, at once if it is at hand; shard only.</summary>
    /// <returns>False when the reader has to wait: it is served again once the page is there.</returns>
    public bool Request(Reader reader)
    {
        int clears = Volatile.Read(ref _clears);
        reader.Page = TryFind(reader.Next, reader.Generation) ?? feed.RecentPage(reader.Next, reader.Generation);
        if (reader.Page is { } page)
        {
            Keep(page, clears);
            return true;
        }

        long offset = reader.Next;
        reader.IsPaging = true;
        lock (_lock)
        {
            if (_flights.TryGetValue(offset, out List<Reader>? waiting))
            {
                waiting.Add(reader);
                return false;
            }

            _flights.Add(offset, [reader]);
        }

        _ = ReadAsync(offset, reader.Generation);
        return false;
    }

    /// <summary>Forgets the pages at hand.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            Array.Clear(_recent);
            _clears++;
        }
    }

    private async Task ReadAsync(long offset, int generation)
    {
        Page? page = null;
        bool isCurrent = true;
        int clears;
        lock (_lock)
        {
            clears = _clears;
        }

        try
        {
            await gate.EnterAsync(resumes: true).ConfigureAwait(false);
            try
            {
                FeedState state = feed.State;
                isCurrent = state.Generation == generation;
                if (isCurrent)
                {
                    long head = feed.Head;
                    var from = ReadFrom.Continue(state.Start.Epoch, offset - 1);
                    LogPage read = await broker.ReadAsync(feed.Room, from, Page.Limits, CancellationToken.None).ConfigureAwait(false);
                    if (!feed.IsContradictedBy(read, head) && (read.Verdict == Verdict.Gap || (read.Verdict == Verdict.Ok && read.Entries.Count > 0)))
                    {
                        page = new Page(feed.Text, generation, read.Verdict, read.Start, read.Entries);
                    }
                }
            }
            finally
            {
                gate.Leave();
            }
        }
        catch (ObjectDisposedException)
        {
            // The broker is gone for good, and with it the reason to wake anybody.
            return;
        }
        catch (Exception)
        {
            // The feed asks the store too: it finds out for all its readers, and has them served again once the store is back.
        }

        if (page is not null)
        {
            Keep(page, clears);
        }
        else if (isCurrent)
        {
            // Not readable as things stand: the readers try again once the feed knows better.
            await feed.SyncAsync().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        List<Reader> waiting;
        lock (_lock)
        {
            _flights.Remove(offset, out waiting!);
        }

        foreach (Reader reader in waiting)
        {
            reader.Arrive(page ?? Page.None);
        }
    }

    private Page? TryFind(long offset, int generation)
    {
        lock (_lock)
        {
            return Array.Find(_recent, page => page is not null && page.Generation == generation && page.Holds(offset));
        }
    }

    // What was read before the pages were forgotten is not kept: it may have what is not to be shown any more.
    private void Keep(Page page, int clears)
    {
        lock (_lock)
        {
            if (clears != _clears || Array.IndexOf(_recent, page) >= 0)
            {
                return;
            }

            _recent[_oldest] = page;
            _oldest = (_oldest + 1) % _recent.Length;
        }

        feed.OnPageKept();
    }
}
