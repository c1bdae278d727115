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
    /// <remarks>What is kept of a poll that waits is the state of this method, and its waiter: as little as will do.</remarks>
    public async Task RunAsync(HttpContext context, RoomRequest request)
    {
        // An answer is held no longer than its credential holds.
        long end = engine.Time.GetTimestamp() + (long)(request.Caller.Cut(request.Wait ?? TimeSpan.Zero, engine.Time).TotalSeconds * engine.Time.TimestampFrequency);
        bool holds = false;
        PollAnswer? answer;
        try
        {
            while (true)
            {
                PollStep step = await LookAsync(context, request, end, holds).ConfigureAwait(false);
                if (step.Next == Next.Wait)
                {
                    holds = true;
                    step = Conclude(request, step.Waiter!, await step.Waiter!.Outcome.ConfigureAwait(false));
                }

                if (step.Next == Next.Pause)
                {
                    // Whoever holds a position may wait for the store as for an entry.
                    holds = true;
                    await engine.Reads.PauseAsync(Left(end), context.RequestAborted).ConfigureAwait(false);
                }
                else if (step.Next != Next.LookAgain)
                {
                    answer = step.Answer;
                    break;
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

        // Nothing the answer was made of is held while the client takes it: neither the feed nor its entries.
        request = null!;
        if (answer?.Refusal is { } refusal)
        {
            await ProblemWriter.WriteAsync(context, refusal).ConfigureAwait(false);
        }
        else if (answer is not null)
        {
            using (answer.Hold)
            {
                await WriteAsync(context, answer.Text, answer.Links, answer.PollAfter).ConfigureAwait(false);
            }
        }
    }

    private TimeSpan Left(long end)
    {
        TimeSpan left = engine.Time.GetElapsedTime(engine.Time.GetTimestamp(), end);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    /// <summary>Reads, and says what to do: answer, or wait. A place among what waits is taken right before that is said.</summary>
    private async ValueTask<PollStep> LookAsync(HttpContext context, RoomRequest request, long end, bool holds)
    {
        TimeSpan left = Left(end);
        ReadFrom from = request.From;
        FeedLease? lease = null;
        try
        {
            lease = await engine.Reads.OpenAsync(request.Room, from, context.RequestAborted).ConfigureAwait(false);
            RoomPage page = await engine.Reads.ReadAsync(lease, from, new ReadLimits(request.Limit, PollText.MaxLength), request.Delivery, context.RequestAborted).ConfigureAwait(false);
            if (left <= TimeSpan.Zero || request.Backwards || page.Entries.Count > 0 || page.Judgement.Verdict != Verdict.Ok || (holds && engine.IsDraining))
            {
                return PollStep.Finish(Finish(request, lease.Feed, PollText.Compose(lease.Feed, page, engine.Reads.Answers, request.Backwards)));
            }

            if (engine.IsDraining)
            {
                // An empty answer would be followed by the next poll at once, for as long as the server is there.
                DrainAnswers.DismissIf(drains: true, context);
                return PollStep.Refuse(DrainAnswers.Refusal());
            }

            if (!holds && !cap.TryTake(context, out Problem refusal))
            {
                // Not as if there were no wait: whoever follows the links would ask again at once, and so would all others.
                return PollStep.Refuse(refusal);
            }

            PollWaiter waiter = engine.Reads.Hold(lease, page.Judgement, request.Caller, left, context.RequestAborted);
            lease = null;
            return new PollStep(Next.Wait) { Waiter = waiter };
        }
        catch (BrokerUnavailableException) when (left > TimeSpan.Zero && !engine.IsDraining && from.Kind == ReadFromKind.After)
        {
            if (!holds && !cap.TryTake(context, out Problem refusal))
            {
                return PollStep.Refuse(refusal);
            }

            return new PollStep(Next.Pause);
        }
        finally
        {
            lease?.Dispose();
        }
    }

    /// <summary>What to do when the wait is over.</summary>
    private PollStep Conclude(RoomRequest request, PollWaiter waiter, PollOutcome outcome)
    {
        using FeedLease lease = waiter.Lease;
        Judgement place = waiter.Place;
        if (outcome == PollOutcome.Cancelled)
        {
            return new PollStep(Next.Leave);
        }

        if (engine.Orders.Revocations.Covers(request.Caller))
        {
            return PollStep.Refuse(Problem.From(Revocations.Refusal));
        }

        if (outcome == PollOutcome.TimedOut)
        {
            return lease.Feed.IsDegraded
                ? throw new BrokerUnavailableException("The store was away for as long as the poll was held.", TimeSpan.FromSeconds(1))
                : PollStep.Finish(Finish(request, lease.Feed, PollText.Compose(lease.Feed, new RoomPage(place, [], false, false), engine.Reads.Answers)));
        }

        if (ShareAnswer(lease.Feed, place, request) is { } answer)
        {
            return PollStep.Finish(Finish(request, lease.Feed, answer));
        }

        // Ready, but not to be judged by what is at hand: the log is another one, or the tail has moved on.
        request.From = ReadFrom.After(place.Position);
        return new PollStep(Next.LookAgain);
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

    private enum Next
    {
        Leave,
        Finish,
        Wait,
        Pause,
        LookAgain,
    }

    /// <summary>What to do next for a poll.</summary>
    private readonly record struct PollStep(Next Next)
    {
        /// <summary>What to answer, where that is all that is left to do.</summary>
        public PollAnswer? Answer { get; init; }

        /// <summary>What to wait for.</summary>
        public PollWaiter? Waiter { get; init; }

        public static PollStep Finish(PollAnswer answer) => new(Next.Finish) { Answer = answer };

        public static PollStep Refuse(Problem problem) => new(Next.Finish) { Answer = new PollAnswer([], "", null, null) { Refusal = problem } };
    }

    /// <summary>What is to be written.</summary>
    /// <param name="Text">The text up to the last members.</param>
    /// <param name="Links">The last members.</param>
    /// <param name="PollAfter">When to ask again, for a short poll.</param>
    /// <param name="Hold">To be disposed when the answer is out.</param>
    private sealed record PollAnswer(byte[] Text, string Links, TimeSpan? PollAfter, AnswerHold? Hold)
    {
        /// <summary>Instead of all that, a refusal.</summary>
        public Problem? Refusal { get; init; }
    }
}
