using Godwit.Feeds.Framings;
using Godwit.Feeds.Tails;
using Godwit.Instruments;
using Godwit.Presence;
using Godwit.Protocol;
using Godwit.Rooms;

namespace Godwit.Feeds.Pump;

/// <summary>A connection's place in one room: the next offset, and nothing else that would keep memory alive.</summary>
/// <remarks>
/// A page is held only while the reader is being served from it. A reader whose offset is below the tail is behind by
/// definition, and pages from the log until it has caught up.
/// </remarks>
internal sealed class Reader
{
    private Page? _arrived;
    private bool _isExpelled;

    /// <summary>Makes a reader that goes on where it was judged to.</summary>
    public Reader(FeedLease lease, in Judgement judgement, Delivery delivery = Delivery.All)
    {
        Lease = lease;
        IsLatest = delivery == Delivery.Latest;
        Next = judgement.Position.Offset + 1;
        Generation = judgement.Generation;
    }

    /// <summary>Whether only the newest entry matters to it.</summary>
    public bool IsLatest { get; }

    /// <summary>Keeps the feed live.</summary>
    public FeedLease Lease { get; }

    /// <summary>The room.</summary>
    public Feed Feed => Lease.Feed;

    /// <summary>Its part in the members of the room; null where it takes none. Shard only, once it has joined.</summary>
    public Membership? Membership { get; set; }

    /// <summary>The connection, once it has joined.</summary>
    public Connection? Connection { get; set; }

    /// <summary>Whether the server has taken it out of its room. Whoever sees that has seen nothing of the room after it.</summary>
    public bool IsExpelled { get => Volatile.Read(ref _isExpelled); set => Volatile.Write(ref _isExpelled, value); }

    /// <summary>The offset of the next entry to send.</summary>
    public long Next { get; private set; }

    /// <summary>Whether an entry was sent since it joined, and since a reset: until then they stand behind the frame that says where it begins.</summary>
    public bool IsUnderWay { get; private set; }

    /// <summary>When, among all newest entries that its connection has sent, its own was sent last; 0 before the first.</summary>
    public long LatestTurn { get; set; }

    /// <summary>The place among the feed's readers on this shard; −1 while it is not there.</summary>
    public int Index { get; set; } = -1;

    /// <summary>Whether a page was asked for and has not come.</summary>
    public bool IsPaging { get; set; }

    /// <summary>Whether it is among those that its connection, one with several rooms, looks at when it is served.</summary>
    public bool IsDue { get; set; }

    /// <summary>The page that is being sent.</summary>
    public Page? Page { get; set; }

    /// <summary>How often the feed had been reset when this reader was last told.</summary>
    public int Generation { get; private set; }

    /// <summary>Whether the reader was told that the store is away.</summary>
    public bool IsDegraded { get; private set; }

    /// <summary>Whether <see cref="Announce"/> has something to tell.</summary>
    public bool HasNews => Generation != Feed.Generation || IsDegraded != Feed.IsDegraded || Membership is { HasNews: true };

    /// <summary>Whether entries are there that were not sent.</summary>
    public bool IsWaiting => Next <= Feed.Head;

    /// <summary>Says that entries are on their way.</summary>
    public void OnSent(int entries)
    {
        Next += entries;
        IsUnderWay |= entries > 0;
    }

    /// <summary>Hands over a page that was asked for, or <see cref="Page.None"/>; any thread.</summary>
    public void Arrive(Page page)
    {
        Volatile.Write(ref _arrived, page);
        Connection?.OnPage();
    }

    /// <summary>Takes what <see cref="Arrive"/> brought, if anything; shard only.</summary>
    /// <param name="keep">Whether it can be sent now.</param>
    /// <returns>Whether it did.</returns>
    public bool TakeArrived(bool keep)
    {
        if (Interlocked.Exchange(ref _arrived, null) is { } page)
        {
            IsPaging = false;

            // A page of the log before a reset, asked for before the reset was told, is not ours any more.
            Page = keep && !page.IsNone && page.Generation == Generation ? page : null;
            return true;
        }

        return false;
    }

    /// <summary>Queues the control frames for whatever happened to the feed since the reader was last told.</summary>
    public void Announce()
    {
        FeedState state = Feed.State;
        if (Generation != state.Generation)
        {
            Generation = state.Generation;
            Next = state.Start.Offset + 1;
            IsUnderWay = false;
            Page = null;
            GodwitMeter.Judged(Verdict.Reset);
            Connection!.Queue(ControlObject.Reset(Feed.Room, state.Start), state.Start);
        }

        if (IsDegraded != state.IsDegraded)
        {
            IsDegraded = state.IsDegraded;
            Connection!.Queue(IsDegraded ? ControlObject.Degraded(Feed.Room) : ControlObject.Restored(Feed.Room), null);
        }

        if (Membership is { HasNews: true } membership)
        {
            Connection!.Queue(membership.Take(Connection.Framing));
        }
    }

    /// <summary>Moves a reader to which only the newest entry matters past all others.</summary>
    public void SkipToNewest()
    {
        // The head is that of the log whose generation is visible, or none: an old log's never moves a reader of the new one.
        if (IsLatest && Generation == Feed.Generation && Feed.Head is long head && head > Next)
        {
            Next = head;
        }
    }

    /// <summary>Finds the newest entry for a reader to which only that matters, as <see cref="TryRange"/> finds what is next.</summary>
    public bool TryNewest(int maxBytes, out FrameRange newest)
    {
        if (!TryRange(maxBytes, out newest))
        {
            return false;
        }

        // What was published since the head was looked at.
        Next += newest.Count - 1;
        newest = newest.Last;
        return true;
    }

    /// <summary>Finds what to send next.</summary>
    /// <returns>False when there is nothing now: the reader is at the head, or waits for a page.</returns>
    public bool TryRange(int maxBytes, out FrameRange range)
    {
        range = default;
        while (IsWaiting && !IsPaging)
        {
            SkipToNewest();
            if (Page is { } page)
            {
                if (!TakeVerdict(page))
                {
                    return false;
                }

                if (page.TryRange(Connection!.Framing, Next, maxBytes, out range))
                {
                    return Generation == Feed.Generation;
                }

                // What the page said may have moved the reader to the head.
                Page = null;
                continue;
            }

            if (Feed.Tail(Connection!.Framing).TryRange(Next, maxBytes, out range) && range.Count > 0)
            {
                // A range of a log that has been reset meanwhile is not ours.
                return Generation == Feed.Generation;
            }

            if (Generation != Feed.Generation)
            {
                return false;
            }

            if (!Feed.Pages.Request(this))
            {
                return false;
            }
        }

        return false;
    }

    /// <summary>Follows what the log said when the page was read; false when the reader has to be told first.</summary>
    private bool TakeVerdict(Page page)
    {
        if (page.Verdict == Verdict.Gap && Next < page.Start.Offset + 1)
        {
            OffsetRange missing = new(Next, page.Start.Offset);
            Next = page.Start.Offset + 1;
            if (IsLatest)
            {
                return true;
            }

            GodwitMeter.Judged(Verdict.Gap);
            Connection!.Queue(ControlObject.Gap(Feed.Room, page.Start, missing), page.Start);
            return false;
        }

        return true;
    }
}
