using Godwit.Access;
using Godwit.Brokers;
using Godwit.Feeds;
using Godwit.Feeds.Framings;
using Godwit.Feeds.Pump;
using Godwit.Instruments;
using Godwit.Protocol;
using Godwit.Rooms;
using Godwit.Sessions.Frames;
using Godwit.Sessions.Tokens;

namespace Godwit.Sessions.Exchanges;

/// <summary>Carries out session exchanges: what is sent, then one answer for all rooms, at once or held.</summary>
internal sealed partial class SessionExchange(SessionServices services, TimeProvider time)
{
    /// <summary>The most entries of an answer.</summary>
    public const int MaxEntries = 1000;

    /// <summary>Carries out an exchange.</summary>
    /// <param name="request">What is asked for.</param>
    /// <param name="caller">Who asks.</param>
    /// <param name="wait">How long the answer may be held.</param>
    /// <param name="mayHold">Asked once, before the answer is held, with the session.</param>
    /// <param name="cancel">The client went away; what it sent is carried out all the same.</param>
    /// <returns>The answer; null where the client went away, or the answer may not be held.</returns>
    /// <exception cref="BrokerUnavailableException">The store does not answer, and nothing was carried out.</exception>
    public async ValueTask<ExchangeAnswer?> RunAsync(ExchangeRequest request, Caller caller, TimeSpan wait, Func<UInt128, bool> mayHold, CancellationToken cancel)
    {
        bool isHeld = false;
        long start = time.GetTimestamp();
        SessionIdentity identity = await services.Tokens.IdentifyAsync(request.Session, caller.Subject, cancel).ConfigureAwait(false);
        SentReplies replies = request.Send.Count == 0 ? SentReplies.None : await CarryOutAsync(request, caller, identity.Id, cancel).ConfigureAwait(false);
        ExchangeRoom[] rooms = Prepare(request.Rooms, caller, out bool answersAtOnce, out bool takesPart);
        if (takesPart)
        {
            // Whoever may not make a room by reading it makes none by being a member of it either.
            answersAtOnce |= await AdmitAsync(rooms, caller, cancel).ConfigureAwait(false);
            answersAtOnce |= await TakePartAsync(rooms, caller, identity.Id, wait).ConfigureAwait(false);
        }

        try
        {
            if (replies.Texts.Count > 0)
            {
                await ReadAllAsync(rooms, caller, mayHold: false, eachByItself: true, cancel).ConfigureAwait(false);
                return await ComposeAsync(identity, caller, rooms, replies, wait, cancel).ConfigureAwait(false);
            }

            while (true)
            {
                TimeSpan left = wait - time.GetElapsedTime(start);
                try
                {
                    if (await ReadAllAsync(rooms, caller, mayHold: wait > TimeSpan.Zero && !answersAtOnce, eachByItself: answersAtOnce, cancel).ConfigureAwait(false) || answersAtOnce || rooms.Length == 0 || left <= TimeSpan.Zero)
                    {
                        return await ComposeAsync(identity, caller, rooms, replies, wait, cancel).ConfigureAwait(false);
                    }
                }
                catch (BrokerUnavailableException) when (left > TimeSpan.Zero && !services.Reads.IsDraining && Presents(request.Rooms))
                {
                    // Whoever holds positions may wait for the store as for an entry.
                    if (!isHeld && !mayHold(identity.Id))
                    {
                        return null;
                    }

                    isHeld = true;
                    await services.Reads.PauseAsync(left, cancel).ConfigureAwait(false);
                    continue;
                }

                if (!isHeld && !mayHold(identity.Id))
                {
                    return null;
                }

                isHeld = true;
                PollOutcome outcome = await HoldAsync(rooms, caller, identity.Id, left, cancel).ConfigureAwait(false);

                // Its credential may have been revoked meanwhile.
                answersAtOnce = Reconsider(rooms, caller);
                switch (outcome)
                {
                    case PollOutcome.TimedOut when answersAtOnce:
                        break;
                    case PollOutcome.TimedOut when IsDegraded(rooms):
                        throw new BrokerUnavailableException("The store was away for as long as the exchange was held.", TimeSpan.FromSeconds(1));
                    case PollOutcome.TimedOut:
                        Count(rooms);
                        return ExchangeText.Compose(identity, caller.Expires, rooms, replies.Texts, null, pollAfter: null);
                    case PollOutcome.Cancelled:
                        return null;
                }

                GoOn(rooms);
            }
        }
        finally
        {
            // An answer has taken it over; else there is none.
            replies.Hold?.Dispose();
            Release(rooms);
        }
    }

    private async ValueTask<SentReplies> CarryOutAsync(ExchangeRequest request, Caller caller, UInt128 session, CancellationToken cancel)
    {
        var replies = new SentReplies(request.Send.Count, services.Reads.Answers);
        try
        {
            foreach (ExchangeItem item in request.Send)
            {
                // A read of some octets brings up to a mebibyte, and all replies are there before the first is sent.
                replies.Add(item.Frame switch
                {
                    null => item.Fault.ToFrame(),
                    RequestFrame asked when replies.IsFull => new FrameFault(ErrorCode.AnswerFull, "It was not carried out. Send it again in another exchange.") { Id = asked.Id, Room = asked.Room.ToString() }.ToFrame(),
                    ReadFrame read when replies.IsFull => new FrameFault(ErrorCode.AnswerFull, "Send it again in another exchange.") { Id = read.Id, Room = read.Room.ToString() }.ToFrame(),
                    RefreshFrame refresh => await RefreshAsync(refresh, request.Origin, caller, session, cancel).ConfigureAwait(false),
                    { } frame => await services.Calls.AnswerAsync(frame, caller, session, cancel).ConfigureAwait(false),
                });
            }

            return replies;
        }
        catch
        {
            replies.Hold?.Dispose();
            throw;
        }
    }

    /// <summary>Gives the rooms their entries, as far as there is room for them, and composes the answer, which then has what the replies held.</summary>
    private async ValueTask<ExchangeAnswer> ComposeAsync(SessionIdentity identity, Caller caller, ExchangeRoom[] rooms, SentReplies replies, TimeSpan wait, CancellationToken cancel)
    {
        AnswerHold? hold = null;
        try
        {
            if (HasEntries(rooms))
            {
                int length = LengthOf(rooms);
                hold = length > AnswerBudget.Free ? services.Reads.Answers.Take(length) : null;
                await ShareAsync(rooms, new SharedLimit(MaxEntries, hold?.Octets ?? AnswerBudget.Free), cancel).ConfigureAwait(false);
            }

            if (replies.Hold is { } held)
            {
                (hold ??= new AnswerHold(services.Reads.Answers, 0)).Absorb(held);
            }

            Count(rooms);
            ExchangeAnswer answer = ExchangeText.Compose(identity, caller.Expires, rooms, replies.Texts, hold, wait > TimeSpan.Zero ? null : PollAfter(rooms));
            services.Reads.CountAnswer(caller, answer.Text.Length);
            return answer;
        }
        catch
        {
            hold?.Dispose();
            throw;
        }
    }

    /// <summary>When the next short poll is likely to find an entry: what the busiest room says.</summary>
    private TimeSpan? PollAfter(ReadOnlySpan<ExchangeRoom> rooms)
    {
        long now = services.Reads.Now;
        TimeSpan? shortest = null;
        foreach (ref readonly ExchangeRoom room in rooms)
        {
            if (room.Error is null && room.Rate.PollAfter(now) is var after && !(after >= shortest))
            {
                shortest = after;
            }
        }

        return shortest;
    }

    /// <summary>The most octets that the entries can take: those that were read, or all that an answer has room for where there may be more.</summary>
    private static int LengthOf(ReadOnlySpan<ExchangeRoom> rooms)
    {
        int length = 0;
        foreach (ref readonly ExchangeRoom room in rooms)
        {
            if (ReadsOn(room, isTaken: true))
            {
                return PollText.MaxLength;
            }

            for (int i = 0; i < room.Page.Count && length < PollText.MaxLength; i++)
            {
                length += room.Feed.Text.MaxLength(room.Page[i]) + 1;
            }
        }

        return Math.Min(length, PollText.MaxLength);
    }

    /// <summary>Puts a new credential in the place of the one that the streams of this session go by, those of this server.</summary>
    private async ValueTask<byte[]> RefreshAsync(RefreshFrame refresh, string? origin, Caller caller, UInt128 session, CancellationToken cancel)
    {
        try
        {
            Refreshed refreshed = await services.Calls.RefreshAsync(refresh.Id, refresh.Credential with { Origin = origin, Address = caller.Address }, caller, cancel).ConfigureAwait(false);
            if (refreshed.Caller is { } fresh)
            {
                services.Reads.ForEachConnection(connection =>
                {
                    if (connection.SessionId == session && connection.Caller.Publisher == fresh.Publisher)
                    {
                        connection.Caller = fresh;
                        connection.Reconsider(services.Access);
                    }
                });
            }

            return refreshed.Answer;
        }
        catch (BrokerUnavailableException away)
        {
            return new FrameFault(ErrorCode.StoreAway, "Try again in a moment.") { Id = refresh.Id, Retry = away.RetryAfter }.ToFrame();
        }
    }

    private void Count(ReadOnlySpan<ExchangeRoom> rooms)
    {
        int entries = 0;
        int well = 0;
        foreach (ref readonly ExchangeRoom room in rooms)
        {
            if (room.Error is not null)
            {
                continue;
            }

            entries += room.AtHead is null ? room.Count : 0;
            if (room.Judgement.Verdict == Verdict.Ok)
            {
                well++;
            }
            else
            {
                GodwitMeter.Judged(room.Judgement.Verdict);
            }
        }

        GodwitMeter.Judged(Verdict.Ok, well);
        services.Reads.CountDelivered(ReadTransport.SessionPoll, entries);
    }

    private ValueTask<PollOutcome> HoldAsync(ExchangeRoom[] rooms, Caller caller, UInt128 session, TimeSpan wait, CancellationToken cancel)
    {
        var places = new WaitingPlace[rooms.Length];
        for (int i = 0; i < places.Length; i++)
        {
            places[i] = rooms[i].Place;
        }

        return services.Reads.WaitAsync(places, caller, session, wait, cancel);
    }

    /// <summary>Has every room read from where it was judged to: something has come in one of them.</summary>
    private static void GoOn(ExchangeRoom[] rooms)
    {
        foreach (ref ExchangeRoom room in rooms.AsSpan())
        {
            room.GoesOn = true;
        }
    }

    private void Release(Span<ExchangeRoom> rooms)
    {
        long now = services.Reads.Now;
        foreach (ref ExchangeRoom room in rooms)
        {
            room.Held?.Release(now);
        }
    }

    private static bool IsDegraded(ExchangeRoom[] rooms) => Array.Exists(rooms, static room => room.Feed.IsDegraded);

    private static bool Presents(IReadOnlyList<RoomJoin> rooms) => rooms.Any(static room => room.From.Kind == ReadFromKind.After);
}
