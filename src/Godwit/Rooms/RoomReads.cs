using Godwit.Access;
using Godwit.Brokers;
using Godwit.Feeds;
using Godwit.Feeds.Pump;
using Godwit.Limits;
using Godwit.Protocol;

namespace Godwit.Rooms;

/// <summary>The reading side of the engine: opens rooms, judges positions, reads pages, waits.</summary>
internal sealed class RoomReads(LiveFeeds feeds, IBroker broker, SendingPump pump, CallerLimits limits, AnswerBudget? answers = null)
{
    private const long AnswerMemory = 32 << 20;

    private static readonly ReadLimits VerdictOnly = new(0, 0);
    private static readonly TimeSpan AwayRetry = TimeSpan.FromMilliseconds(500);

    /// <summary>Bounds what answers hold until their clients have taken them.</summary>
    public AnswerBudget Answers { get; } = answers ?? new AnswerBudget(AnswerMemory);

    /// <summary>Makes a room live on this server while the lease is held.</summary>
    /// <param name="room">The room.</param>
    /// <param name="from">Where reading will begin: a reader that presents a position goes ahead of those that join anew.</param>
    /// <param name="cancel">Gives up waiting.</param>
    /// <exception cref="BrokerUnavailableException">The store does not answer.</exception>
    public ValueTask<FeedLease> OpenAsync(RoomName room, ReadFrom from, CancellationToken cancel) =>
        feeds.TryHold(room) is { } feed ? new(new FeedLease(feed)) : StartAsync(room, from, cancel);

    /// <summary>Says whether reading a room would make its record, and the caller has made too many so of late. To be asked before the room is opened.</summary>
    /// <param name="room">The room.</param>
    /// <param name="caller">Who asks.</param>
    /// <param name="cancel">Gives up waiting.</param>
    /// <returns>Null where the caller may go on. While the store does not answer it may, since then nothing is made.</returns>
    public ValueTask<AccessRefusal?> RefusesNewAsync(RoomName room, Caller caller, CancellationToken cancel) =>
        !limits.CountsNewRooms(caller) || feeds.Contains(room) ? default : AskNewAsync(room, caller, cancel);

    /// <summary>Counts what a large answer costs its caller.</summary>
    public void CountAnswer(Caller caller, int octets) => limits.CountAnswer(caller, octets);

    /// <summary>The sessions of users.</summary>
    public UserSessions Sessions => limits.Sessions;

    /// <summary>The time, in ms of the pump's clock.</summary>
    public long Now => pump.Clock.Now;

    /// <summary>Whether the server stops, so that nothing is to be held any more.</summary>
    public bool IsDraining => pump.IsDraining;

    /// <summary>The server has begun to stop.</summary>
    public CancellationToken Draining => pump.Draining;

    /// <summary>Does something with every connection of this server, each on its shard.</summary>
    public void ForEachConnection(Action<Connection> action) => pump.ForEachConnection(action);

    /// <summary>Counts the entries of an answer that no shard sends.</summary>
    public void CountDelivered(ReadTransport transport, int entries) => pump.CountDelivered(transport, entries);

    /// <summary>The shard for a connection or a poll.</summary>
    public Shard NextShard() => pump.Next();

    /// <summary>What <see cref="HoldAsync"/> answers of a room that is live already; null of another.</summary>
    public Feed? TryHold(RoomName room) => feeds.TryHold(room);

    /// <summary>What to answer to an exchange that stands at the head of a room that is live already and quiet; null of any other place. Nothing is held.</summary>
    /// <param name="room">The room.</param>
    /// <param name="from">Where reading begins.</param>
    /// <param name="now">The time: <see cref="Now"/>.</param>
    public HeadAnswer? TryAnswerAtHead(RoomName room, in ReadFrom from, long now) => feeds.TryAnswerAtHead(room, from, now);

    /// <summary><see cref="OpenAsync"/> without a lease: whoever holds many feeds for a moment calls <see cref="Feed.Release(long)"/> of each.</summary>
    /// <exception cref="BrokerUnavailableException">The store does not answer.</exception>
    public ValueTask<Feed> HoldAsync(RoomName room, ReadFrom from, CancellationToken cancel) =>
        feeds.HoldAsync(room, resumes: from.Kind == ReadFromKind.After, cancel);

    /// <summary>Judges where a reader begins, without reading entries.</summary>
    /// <exception cref="BrokerUnavailableException">Only the store could tell, and it does not answer.</exception>
    public ValueTask<Judgement> JudgeAsync(FeedLease lease, ReadFrom from, CancellationToken cancel) => JudgeAsync(lease.Feed, from, cancel);

    /// <summary>Reads a page; of <see cref="Delivery.Latest"/> the newest entry, if there is one behind the place. Backwards it is history, and all of it.</summary>
    /// <exception cref="BrokerUnavailableException">Only the store could tell, and it does not answer.</exception>
    public ValueTask<RoomPage> ReadAsync(FeedLease lease, ReadFrom from, ReadLimits limits, Delivery delivery, CancellationToken cancel) =>
        ReadAsync(lease.Feed, from, limits, delivery, cancel);

    /// <summary>The same of a feed that is held without a lease.</summary>
    /// <exception cref="BrokerUnavailableException">Only the store could tell, and it does not answer.</exception>
    public ValueTask<RoomPage> ReadAsync(Feed feed, ReadFrom from, ReadLimits limits, Delivery delivery, CancellationToken cancel) =>
        feed.TryRead(from, limits, delivery, out RoomPage recent) ? new(recent) : AskPageAsync(feed, from, limits, delivery, cancel);

    /// <summary>Begins to wait until there is something behind a position that was judged <c>ok</c>.</summary>
    public PollWaiter Hold(FeedLease lease, in Judgement judgement, Caller caller, TimeSpan wait, CancellationToken cancel) =>
        PollWaiter.Begin(lease, pump.Next(), judgement, caller, wait, cancel);

    /// <summary>Waits until there is something behind one of several places.</summary>
    /// <param name="places">Where a session stands.</param>
    /// <param name="caller">Who asks.</param>
    /// <param name="session">Which.</param>
    /// <param name="wait">How long.</param>
    /// <param name="cancel">The client went away.</param>
    public ValueTask<PollOutcome> WaitAsync(ReadOnlySpan<WaitingPlace> places, Caller caller, UInt128 session, TimeSpan wait, CancellationToken cancel) =>
        ExchangeWaiter.WaitAsync(places, pump.Next(), limits.HeldExchanges, caller, session, wait, cancel);

    /// <summary>Waits a moment before the store is asked again, but no longer than until the server begins to stop.</summary>
    /// <exception cref="OperationCanceledException">The client went away.</exception>
    public async ValueTask PauseAsync(TimeSpan most, CancellationToken cancel)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancel, pump.Draining);
        await Task.Delay(most < AwayRetry ? most : AwayRetry, pump.Clock.Time, end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancel.ThrowIfCancellationRequested();
    }

    private async ValueTask<FeedLease> StartAsync(RoomName room, ReadFrom from, CancellationToken cancel) =>
        new(await HoldAsync(room, from, cancel).ConfigureAwait(false));

    private async ValueTask<AccessRefusal?> AskNewAsync(RoomName room, Caller caller, CancellationToken cancel)
    {
        try
        {
            await feeds.Gate.EnterAsync(resumes: false).ConfigureAwait(false);
            try
            {
                if (await broker.ExistsAsync(room, cancel).ConfigureAwait(false))
                {
                    return null;
                }
            }
            finally
            {
                feeds.Gate.Leave();
            }
        }
        catch (BrokerUnavailableException)
        {
            // Whoever opens the room finds out, and knows what to do about it.
            return null;
        }

        return limits.RefusesNewRoom(caller, out AccessRefusal refusal) ? refusal : null;
    }

    private async ValueTask<RoomPage> AskPageAsync(Feed feed, ReadFrom from, ReadLimits limits, Delivery delivery, CancellationToken cancel)
    {
        if (delivery == Delivery.Latest && from.Kind != ReadFromKind.Before)
        {
            return await ReadNewestAsync(feed, from, limits, cancel).ConfigureAwait(false);
        }

        (Judgement judgement, LogPage page) = await AskAsync(feed, from, limits, cancel).ConfigureAwait(false);
        if (WithoutPast(feed, from, judgement) is { } newest)
        {
            return new RoomPage(newest, [], false, false);
        }

        bool hasOlder = page.Entries.Count > 0 && page.Oldest.Offset + 1 < page.Entries[0].Offset;
        return new RoomPage(judgement, page.Entries, page.More, hasOlder);
    }

    /// <summary>Judges the place, and then reads the newest entry of the same log.</summary>
    private async ValueTask<RoomPage> ReadNewestAsync(Feed feed, ReadFrom from, ReadLimits limits, CancellationToken cancel)
    {
        while (true)
        {
            Judgement judgement = await JudgeAsync(feed, from, cancel).ConfigureAwait(false);
            if (from.IsWithoutPast && judgement.Verdict != Verdict.Ok)
            {
                return new RoomPage(judgement, [], false, false);
            }

            (Judgement newest, LogPage page) = await AskAsync(feed, ReadFrom.Last(1), limits, cancel).ConfigureAwait(false);
            if (newest.Generation == judgement.Generation)
            {
                // One that was published in between stands behind it, and is the newest then.
                IReadOnlyList<Entry> entries = page.Entries.Count > 0 && page.Entries[^1].Offset > judgement.Position.Offset ? [page.Entries[^1]] : [];
                return new RoomPage(judgement, entries, page.More, false);
            }

            cancel.ThrowIfCancellationRequested();
        }
    }

    private async ValueTask<Judgement> JudgeAsync(Feed feed, ReadFrom from, CancellationToken cancel)
    {
        if (from.Kind == ReadFromKind.Now)
        {
            return feed.JudgeNow();
        }

        if (from.Kind == ReadFromKind.After && feed.TryJudge(from.Position) is { } judgement)
        {
            return judgement;
        }

        (Judgement asked, _) = await AskAsync(feed, from, VerdictOnly, cancel).ConfigureAwait(false);
        return WithoutPast(feed, from, asked) ?? asked;
    }

    /// <summary>Where a reader goes on that may not see the past, if its position does not prove by its mark that it was there; else null.</summary>
    /// <remarks>A position whose entry is gone, and that before the first entry, can be made up by whoever knows the epoch.</remarks>
    private static Judgement? WithoutPast(Feed feed, in ReadFrom from, in Judgement judgement)
    {
        if (!from.IsWithoutPast || from.Kind != ReadFromKind.After || (judgement.Verdict == Verdict.Ok && judgement.Position.Offset > 0))
        {
            return null;
        }

        Judgement newest = feed.JudgeNow();
        long offset = from.Position.Offset;
        return judgement.Verdict == Verdict.Reset || newest.Position.Offset < offset ? newest with { Verdict = Verdict.Reset }
            : newest.Position.Offset == offset ? newest
            : newest with { Verdict = Verdict.Gap, Missing = new OffsetRange(offset + 1, newest.Position.Offset) };
    }

    private async ValueTask<(Judgement Judgement, LogPage Page)> AskAsync(Feed feed, ReadFrom from, ReadLimits limits, CancellationToken cancel)
    {
        while (true)
        {
            int generation = feed.Generation;
            LogPage page;
            await feeds.Gate.EnterAsync(resumes: from.Kind == ReadFromKind.After).ConfigureAwait(false);
            try
            {
                page = await broker.ReadAsync(feed.Room, from, limits, cancel).ConfigureAwait(false);
            }
            finally
            {
                feeds.Gate.Leave();
            }

            // A feed that follows another log than the one that was judged has to catch up first.
            FeedState state = feed.State;
            if (page.Start.Epoch == state.Start.Epoch && generation == state.Generation)
            {
                return (new Judgement(page.Start, page.Verdict, page.Missing, generation), page);
            }

            cancel.ThrowIfCancellationRequested();
            await feed.SyncAsync().WaitAsync(cancel).ConfigureAwait(false);
        }
    }
}
