using System.Buffers;
using System.Globalization;
using System.Text;
using Godwit.AspNetCore.Access;
using Godwit.AspNetCore.Draining;
using Godwit.AspNetCore.Problems;
using Godwit.AspNetCore.Requests;
using Godwit.Brokers;
using Godwit.Feeds;
using Godwit.Feeds.Framings;
using Godwit.Feeds.Pump;
using Godwit.Protocol;
using Godwit.Rooms;
using Microsoft.AspNetCore.Http;

namespace Godwit.AspNetCore.Transports.Polling;

/// <summary>Answers polls: a short one at once, a long one when there is an entry or its time is up.</summary>
internal sealed class PollingTransport(GodwitEngine engine, ConnectionCap cap) : IRoomTransport
{
    private const string PollAfter = "Godwit-Poll-After";
    private static readonly TimeSpan AwayRetry = TimeSpan.FromMilliseconds(500);

    /// <inheritdoc/>
    public async Task RunAsync(HttpContext context, RoomRequest request)
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
                        await AnswerAsync(context, request, lease.Feed, PollText.Compose(lease.Feed, page, request.Backwards)).ConfigureAwait(false);
                        return;
                    }

                    if (engine.IsDraining)
                    {
                        // An empty answer would be followed by the next poll at once, for as long as the server is there.
                        await ProblemWriter.WriteAsync(context, DrainAnswers.Refusal()).ConfigureAwait(false);
                        return;
                    }

                    if (!holds && !(holds = cap.TryTake(out Problem refusal)))
                    {
                        // Not as if there were no wait: whoever follows the links would ask again at once, and so would all others.
                        await ProblemWriter.WriteAsync(context, refusal).ConfigureAwait(false);
                        return;
                    }

                    switch (await engine.Reads.WaitAsync(lease, page.Judgement, left, context.RequestAborted).ConfigureAwait(false))
                    {
                        case PollOutcome.Ready when ShareAnswer(lease.Feed, page.Judgement, request) is { } answer:
                            await AnswerAsync(context, request, lease.Feed, answer).ConfigureAwait(false);
                            return;
                        case PollOutcome.TimedOut when !lease.Feed.IsDegraded:
                            await AnswerAsync(context, request, lease.Feed, PollText.Compose(lease.Feed, page)).ConfigureAwait(false);
                            return;
                        case PollOutcome.TimedOut:
                            over = true;
                            throw new BrokerUnavailableException("The store was away for as long as the poll was held.", TimeSpan.FromSeconds(1));
                        case PollOutcome.Cancelled:
                            return;
                    }

                    // Ready, but not to be judged by what is at hand: the log is another one, or the tail has moved on.
                    from = ReadFrom.After(page.Judgement.Position);
                }
                catch (BrokerUnavailableException) when (!over && left > TimeSpan.Zero && !engine.IsDraining && from.Kind == ReadFromKind.After)
                {
                    if (!holds && !(holds = cap.TryTake(out Problem refusal)))
                    {
                        await ProblemWriter.WriteAsync(context, refusal).ConfigureAwait(false);
                        return;
                    }

                    // Whoever holds a position may wait for the store as for an entry.
                    TimeSpan pause = left < AwayRetry ? left : AwayRetry;
                    await Task.Delay(pause, engine.Time, context.RequestAborted).ConfigureAwait(false);
                }
            }
        }
        finally
        {
            if (holds)
            {
                cap.Release();
            }
        }
    }

    /// <summary>The answer for all that waited at the same position, composed by the first of them.</summary>
    private static PollText.Answer? ShareAnswer(Feed feed, in Judgement judgement, RoomRequest request)
    {
        (int limit, Delivery delivery) = (request.Limit, request.Delivery);
        SharedAnswer? last = feed.LastAnswer;
        if (last is not null && last.Generation == judgement.Generation && last.After == judgement.Position.Offset && last.Limit == limit && last.Delivery == delivery)
        {
            return last.Answer;
        }

        if (feed.RecentAfter(judgement, new ReadLimits(limit, PollText.MaxLength), delivery) is not { Length: > 0 } entries)
        {
            return null;
        }

        PollText.Answer answer = PollText.Compose(feed, new RoomPage(judgement, entries, entries[^1].Offset < feed.Head, false));
        feed.LastAnswer = new SharedAnswer(judgement.Generation, judgement.Position.Offset, limit, delivery, answer);
        return answer;
    }

    private async Task AnswerAsync(HttpContext context, RoomRequest request, Feed feed, PollText.Answer answer)
    {
        HttpResponse response = context.Response;
        response.ContentType = "application/json";
        if (request.Wait is null or { Ticks: 0 } && !request.Backwards)
        {
            TimeSpan after = answer.Page.HasMore ? TimeSpan.Zero : feed.Rate.PollAfter(engine.Reads.Now);
            response.Headers[PollAfter] = after.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture);
        }

        string links = Links(request, answer.Page);
        response.ContentLength = answer.Text.Length + links.Length;
        response.BodyWriter.Write(answer.Text);
        Encoding.ASCII.GetBytes(links, response.BodyWriter);
        await response.BodyWriter.FlushAsync(context.RequestAborted).ConfigureAwait(false);
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
}
