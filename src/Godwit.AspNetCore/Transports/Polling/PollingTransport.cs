using System.Globalization;
using Godwit.Administration;
using Godwit.AspNetCore.Access;
using Godwit.AspNetCore.Draining;
using Godwit.AspNetCore.Lanes;
using Godwit.AspNetCore.Problems;
using Godwit.AspNetCore.Requests;
using Godwit.Brokers;
using Godwit.Feeds;
using Godwit.Feeds.Framings;
using Godwit.Feeds.Pump;
using Godwit.Instruments;
using Godwit.Protocol;
using Godwit.Rooms;
using Microsoft.AspNetCore.Http;

namespace Godwit.AspNetCore.Transports.Polling;

/// <summary>Answers polls: a short one at once, a long one when there is an entry or its time is up.</summary>
internal sealed class PollingTransport(GodwitEngine engine, ConnectionCap cap) : IRoomTransport
{
    private const string PollAfter = "Godwit-Poll-After";

    /// <inheritdoc/>
    public async Task RunAsync(HttpContext context, RoomRequest request)
    {
        // Two steps, so that nothing the answer was made of is held while the client takes it: neither the feed nor its entries.
        ValueTask<PollAnswer?> answering = AnswerAsync(context, request);
        request = null!;
        if (await answering.ConfigureAwait(false) is { } answer)
        {
            using (answer.Hold)
            {
                await WriteAsync(context, answer.Text, answer.Links, answer.PollAfter).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Reads, and waits; null where a refusal was answered, or the client has gone.</summary>
    private async ValueTask<PollAnswer?> AnswerAsync(HttpContext context, RoomRequest request)
    {
        // An answer is held no longer than its credential holds.
        TimeSpan wait = request.Caller.Cut(request.Wait ?? TimeSpan.Zero, engine.Time);
        long start = engine.Time.GetTimestamp();
        ReadFrom from = request.From;
        bool over = false;
        bool holds = false;
        try
        {
            while (true)
            {
                TimeSpan left = wait - engine.Time.GetElapsedTime(start);
                try
                {
                    using FeedLease lease = await engine.Reads.OpenAsync(request.Room, from, context.RequestAborted).ConfigureAwait(false);
                    RoomPage page = await engine.Reads.ReadAsync(lease, from, new ReadLimits(request.Limit, PollText.MaxLength), request.Delivery, context.RequestAborted).ConfigureAwait(false);
                    if (left <= TimeSpan.Zero || request.Backwards || page.Entries.Count > 0 || page.Judgement.Verdict != Verdict.Ok || (holds && engine.IsDraining))
                    {
                        return Finish(request, lease.Feed, PollText.Compose(lease.Feed, page, engine.Reads.Answers, request.Backwards));
                    }

                    if (engine.IsDraining)
                    {
                        // An empty answer would be followed by the next poll at once, for as long as the server is there.
                        DrainAnswers.DismissIf(drains: true, context);
                        await ProblemWriter.WriteAsync(context, DrainAnswers.Refusal()).ConfigureAwait(false);
                        return null;
                    }

                    if (!holds && !(holds = cap.TryTake(context, out Problem refusal)))
                    {
                        // Not as if there were no wait: whoever follows the links would ask again at once, and so would all others.
                        await ProblemWriter.WriteAsync(context, refusal).ConfigureAwait(false);
                        return null;
                    }

                    PollOutcome outcome = await engine.Reads.WaitAsync(lease, page.Judgement, request.Caller, left, context.RequestAborted).ConfigureAwait(false);
                    if (outcome != PollOutcome.Cancelled && engine.Orders.Revocations.Covers(request.Caller))
                    {
                        await ProblemWriter.WriteAsync(context, Problem.From(Revocations.Refusal)).ConfigureAwait(false);
                        return null;
                    }

                    switch (outcome)
                    {
                        case PollOutcome.Ready when ShareAnswer(lease.Feed, page.Judgement, request) is { } answer:
                            return Finish(request, lease.Feed, answer);
                        case PollOutcome.TimedOut when !lease.Feed.IsDegraded:
                            return Finish(request, lease.Feed, PollText.Compose(lease.Feed, page, engine.Reads.Answers));
                        case PollOutcome.TimedOut:
                            over = true;
                            throw new BrokerUnavailableException("The store was away for as long as the poll was held.", TimeSpan.FromSeconds(1));
                        case PollOutcome.Cancelled:
                            return null;
                    }

                    // Ready, but not to be judged by what is at hand: the log is another one, or the tail has moved on.
                    from = ReadFrom.After(page.Judgement.Position);
                }
                catch (BrokerUnavailableException) when (!over && left > TimeSpan.Zero && !engine.IsDraining && from.Kind == ReadFromKind.After)
                {
                    if (!holds && !(holds = cap.TryTake(context, out Problem refusal)))
                    {
                        await ProblemWriter.WriteAsync(context, refusal).ConfigureAwait(false);
                        return null;
                    }

                    // Whoever holds a position may wait for the store as for an entry.
                    await engine.Reads.PauseAsync(left, context.RequestAborted).ConfigureAwait(false);
                }
            }
        }
        finally
        {
            if (holds)
            {
                cap.Release(context);
            }
        }
    }

    /// <summary>The answer for all that waited at the same position, composed by the first of them; it is no larger than what each may have on its way.</summary>
    private static PollText.Answer? ShareAnswer(Feed feed, in Judgement judgement, RoomRequest request)
    {
        (int limit, Delivery delivery) = (request.Limit, request.Delivery);
        SharedAnswer? last = feed.LastAnswer;
        if (last is not null && last.Generation == judgement.Generation && last.After == judgement.Position.Offset && last.Limit == limit && last.Delivery == delivery)
        {
            return last.Answer;
        }

        if (feed.RecentAfter(judgement, new ReadLimits(limit, AnswerBudget.Free), delivery) is not { Length: > 0 } entries)
        {
            return null;
        }

        PollText.Answer answer = PollText.Compose(feed, new RoomPage(judgement, entries, entries[^1].Offset < feed.Head, false), budget: null);
        feed.LastAnswer = new SharedAnswer(judgement.Generation, judgement.Position.Offset, limit, delivery, answer);
        return answer;
    }

    private PollAnswer Finish(RoomRequest request, Feed feed, PollText.Answer answer)
    {
        GodwitMeter.Judged(answer.Page.Judgement.Verdict);
        engine.Limits.CountAnswer(request.Caller, answer.Text.Length);
        engine.Reads.CountDelivered(request.Wait is null or { Ticks: 0 } ? ReadTransport.ShortPoll : ReadTransport.LongPoll, answer.Page.Entries.Count);
        TimeSpan? after = null;
        if (request.Wait is null or { Ticks: 0 } && !request.Backwards)
        {
            after = answer.Page.HasMore ? TimeSpan.Zero : feed.Rate.PollAfter(engine.Reads.Now);
        }

        return new PollAnswer(answer.Text, Links(request, answer.Page), after, answer.Hold);
    }

    private ValueTask WriteAsync(HttpContext context, ReadOnlyMemory<byte> text, string links, TimeSpan? pollAfter)
    {
        AnswerBody.Begin(context, engine, "application/json", text.Length + links.Length);
        Suggest(context, pollAfter);
        return AnswerBody.WriteAsync(context, engine, text, links);
    }

    /// <summary>Says when to ask again, to whoever polls at intervals.</summary>
    public static void Suggest(HttpContext context, TimeSpan? pollAfter)
    {
        if (pollAfter is { } after)
        {
            context.Response.Headers[PollAfter] = after.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture);
        }
    }

    /// <summary>The last members: query-only references (RFC 3986 section 4.2), so that they hold behind a proxy that moves the path.</summary>
    private static string Links(RoomRequest request, in RoomPage page)
    {
        string next = $",\"next\":\"?after={page.End}{request.LinkParameters}\"}}";
        return request.Backwards && page.HasOlder
            ? $",\"previous\":\"?before={Before(page)}{request.LinkParameters}\"{next}"
            : next;
    }

    private static Position Before(in RoomPage page)
    {
        Entry oldest = page.Entries[0];
        return new Position(page.Judgement.Position.Epoch, oldest.Offset, oldest.Mark);
    }

    /// <summary>What is to be written.</summary>
    /// <param name="Text">The text up to the last members.</param>
    /// <param name="Links">The last members.</param>
    /// <param name="PollAfter">When to ask again, for a short poll.</param>
    /// <param name="Hold">To be disposed when the answer is out.</param>
    private sealed record PollAnswer(byte[] Text, string Links, TimeSpan? PollAfter, AnswerHold? Hold);
}
