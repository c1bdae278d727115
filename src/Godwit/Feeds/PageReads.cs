using Godwit.Brokers;
using Godwit.Feeds.Pump;
using Godwit.Protocol;

namespace Godwit.Feeds;

/// <summary>Reads pages of one room for readers behind its tail: one read at a time for an offset, whoever asks.</summary>
internal sealed class PageReads(Feed feed, IBroker broker, ReadGate gate)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<long, List<Reader>> _flights = [];
    private readonly Page?[] _recent = new Page?[4];
    private int _oldest;

    /// <summary>Gives a reader the page with its next entry, at once if it is at hand; shard only.</summary>
    /// <returns>False when the reader has to wait: it is served again once the page is there.</returns>
    public bool Request(Reader reader)
    {
        long offset = reader.Next;
        lock (_lock)
        {
            foreach (Page? page in _recent)
            {
                if (page is not null && page.Generation == reader.Generation && page.Holds(offset))
                {
                    reader.Page = page;
                    return true;
                }
            }

            if (feed.RecentPage(offset, reader.Generation) is { } recent)
            {
                Keep(recent);
                reader.Page = recent;
                return true;
            }

            reader.IsPaging = true;
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
        }
    }

    private async Task ReadAsync(long offset, int generation)
    {
        Page? page = null;
        try
        {
            await gate.EnterAsync(resumes: true).ConfigureAwait(false);
            try
            {
                Epoch epoch = feed.State.Start.Epoch;
                LogPage read = await broker.ReadAsync(feed.Room, ReadFrom.Continue(epoch, offset - 1), Page.Limits, CancellationToken.None).ConfigureAwait(false);
                if (read.Verdict != Verdict.Reset && read.Entries.Count > 0)
                {
                    page = new Page(feed.Text, generation, read.Verdict, read.Start, read.Entries);
                }
            }
            finally
            {
                gate.Leave();
            }
        }
        catch (BrokerUnavailableException)
        {
            // The feed finds out for all its readers, and has them served again once the store is back.
        }

        List<Reader> waiting;
        lock (_lock)
        {
            _flights.Remove(offset, out waiting!);
            if (page is not null)
            {
                Keep(page);
            }
        }

        if (page is null)
        {
            // Not readable as things stand: the readers try again once the feed knows better.
            await feed.SyncAsync().ConfigureAwait(false);
        }

        foreach (Reader reader in waiting)
        {
            Volatile.Write(ref reader.Arrived, page ?? Page.None);
            reader.Connection?.OnPage();
        }
    }

    private void Keep(Page page)
    {
        _recent[_oldest] = page;
        _oldest = (_oldest + 1) % _recent.Length;
    }
}
