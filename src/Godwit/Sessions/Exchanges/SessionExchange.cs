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
internal sealed class SessionExchange(SessionServices services, TimeProvider time)
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
        SentReplies replies = request.Send.Count == 0 ? SentReplies.None : await CarryOutAsync(request.Send, caller, identity.Id, cancel).ConfigureAwait(false);
        ExchangeRoom[] rooms = Prepare(request.Rooms, caller, out bool answersAtOnce);
        try
        {
            if (replies.Texts.Count > 0)
            {
                await ReadAllAsync(rooms, caller, mayHold: false, eachByItself: true, cancel).ConfigureAwait(false);
                return await ComposeAsync(identity, caller, rooms, replies, cancel).ConfigureAwait(false);
            }

            while (true)
            {
                TimeSpan left = wait - time.GetElapsedTime(start);
                try
                {
                    if (await ReadAllAsync(rooms, caller, mayHold: wait > TimeSpan.Zero && !answersAtOnce, eachByItself: answersAtOnce, cancel).ConfigureAwait(false) || answersAtOnce || rooms.Length == 0 || left <= TimeSpan.Zero)
                    {
                        return await ComposeAsync(identity, caller, rooms, replies, cancel).ConfigureAwait(false);
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
                        return ExchangeText.Compose(identity, caller.Expires, rooms, replies.Texts, null);
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

    private async ValueTask<SentReplies> CarryOutAsync(IReadOnlyList<ExchangeItem> items, Caller caller, UInt128 session, CancellationToken cancel)
    {
        var replies = new SentReplies(items.Count, services.Reads.Answers);
        try
        {
            foreach (ExchangeItem item in items)
            {
                // A read of some octets brings up to a mebibyte, and all replies are there before the first is sent.
                replies.Add(item.Frame switch
                {
                    null => item.Fault.ToFrame(),
                    RequestFrame request when replies.IsFull => new FrameFault(ErrorCode.AnswerFull, "It was not carried out. Send it again in another exchange.") { Id = request.Id, Room = request.Room.ToString() }.ToFrame(),
                    ReadFrame read when replies.IsFull => new FrameFault(ErrorCode.AnswerFull, "Send it again in another exchange.") { Id = read.Id, Room = read.Room.ToString() }.ToFrame(),
                    RefreshFrame refresh => await RefreshAsync(refresh, caller, session, cancel).ConfigureAwait(false),
                    { } frame => await services.Calls.AnswerAsync(frame, caller, cancel).ConfigureAwait(false),
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
    private async ValueTask<ExchangeAnswer> ComposeAsync(SessionIdentity identity, Caller caller, ExchangeRoom[] rooms, SentReplies replies, CancellationToken cancel)
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
            return ExchangeText.Compose(identity, caller.Expires, rooms, replies.Texts, hold);
        }
        catch
        {
            hold?.Dispose();
            throw;
        }
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
    private async ValueTask<byte[]> RefreshAsync(RefreshFrame refresh, Caller caller, UInt128 session, CancellationToken cancel)
    {
        try
        {
            Refreshed refreshed = await services.Calls.RefreshAsync(refresh.Id, refresh.Credential with { Address = caller.Address }, caller, cancel).ConfigureAwait(false);
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

    private ExchangeRoom[] Prepare(IReadOnlyList<RoomJoin> joins, Caller caller, out bool hasRefused)
    {
        var rooms = new ExchangeRoom[joins.Count];
        hasRefused = rooms.Length > services.MaxRooms;
        for (int i = 0; i < rooms.Length; i++)
        {
            RoomJoin join = joins[i];
            ReadFrom from = join.From;
            bool isDenied = services.Access.RefusesRead(caller, join.Room, ref from, out AccessRefusal denied);
            rooms[i] = new ExchangeRoom(join with { From = from });
            if (isDenied)
            {
                rooms[i].Error = new FrameFault(denied.Code, denied.Detail) { Room = join.Room.ToString(), Retry = denied.Retry }.ToFrame();
                hasRefused = true;
                continue;
            }

            if (i >= services.MaxRooms)
            {
                rooms[i].Error = new FrameFault(ErrorCode.RoomsLimit, $"An exchange reads {services.MaxRooms} rooms; ask for the others in another.") { Room = joins[i].Room.ToString() }.ToFrame();
            }
        }

        return rooms;
    }

    /// <summary>Refuses the rooms that may not be read any more.</summary>
    private bool Reconsider(Span<ExchangeRoom> rooms, Caller caller)
    {
        bool hasRefused = false;
        foreach (ref ExchangeRoom room in rooms)
        {
            if (room.Error is null && services.Access.Refuses(caller, room.Join.Room, Rights.Read, out AccessRefusal denied))
            {
                room.Error = new FrameFault(denied.Code, denied.Detail) { Room = room.Join.Room.ToString() }.ToFrame();
                hasRefused = true;
            }
        }

        return hasRefused;
    }

    /// <summary>Reads all rooms.</summary>
    /// <param name="rooms">The rooms.</param>
    /// <param name="caller">Who asks.</param>
    /// <param name="mayHold">Whether the exchange may be held after it: then the feeds are held from the beginning.</param>
    /// <param name="eachByItself">Whether a room that cannot be read now is told so in its place, and not all of them.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>Whether there is something to tell: an entry, or a verdict other than <c>ok</c>.</returns>
    private ValueTask<bool> ReadAllAsync(ExchangeRoom[] rooms, Caller caller, bool mayHold, bool eachByItself, CancellationToken cancel)
    {
        long now = services.Reads.Now;
        ReadLimits part = new SharedLimit(MaxEntries, PollText.MaxLength).Part(Math.Max(1, Math.Min(rooms.Length, services.MaxRooms)));
        int begun = 0;
        while (begun < rooms.Length && (rooms[begun].Error is not null || (!mayHold && rooms[begun].TryAnswerAtHead(services, now)) || rooms[begun].TryBegin(services, part)))
        {
            begun++;
        }

        return begun == rooms.Length ? ValueTask.FromResult(HasEntries(rooms) || HasNews(rooms)) : ReadRestAsync(rooms, begun, caller, part, eachByItself, cancel);
    }

    /// <summary>Reads the rooms from one on that has to be waited for.</summary>
    private async ValueTask<bool> ReadRestAsync(ExchangeRoom[] rooms, int first, Caller caller, ReadLimits part, bool eachByItself, CancellationToken cancel)
    {
        bool hasRefused = false;
        for (int i = first; i < rooms.Length; i++)
        {
            if (rooms[i].Error is not null)
            {
                continue;
            }

            RoomJoin join = rooms[i].Join;
            try
            {
                if (!rooms[i].TryBegin(services, part))
                {
                    if (rooms[i].Held is null)
                    {
                        if (await services.Reads.RefusesNewAsync(join.Room, caller, cancel).ConfigureAwait(false) is { } tooMany)
                        {
                            rooms[i].Error = new FrameFault(tooMany.Code, tooMany.Detail) { Room = join.Room.ToString(), Retry = tooMany.Retry }.ToFrame();
                            hasRefused = true;
                            continue;
                        }

                        rooms[i].Hold(await services.Reads.HoldAsync(join.Room, join.From, cancel).ConfigureAwait(false), services.Policies);
                    }

                    rooms[i].Begin(await services.Reads.ReadAsync(rooms[i].Feed, rooms[i].From, part, rooms[i].Delivery, cancel).ConfigureAwait(false));
                }
            }
            catch (BrokerUnavailableException away) when (eachByItself)
            {
                // What was sent is carried out, and what was refused is known: neither is lost for a room that cannot be read now.
                rooms[i].Error = new FrameFault(ErrorCode.StoreAway, "Ask again from the same position.") { Room = join.Room.ToString(), Retry = away.RetryAfter }.ToFrame();
            }
        }

        return hasRefused || HasEntries(rooms) || HasNews(rooms);
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

    private static bool HasEntries(ReadOnlySpan<ExchangeRoom> rooms)
    {
        foreach (ref readonly ExchangeRoom room in rooms)
        {
            if (room.Page.Count > 0)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether a verdict is to be told. A room that is not read has none.</summary>
    private static bool HasNews(ReadOnlySpan<ExchangeRoom> rooms)
    {
        foreach (ref readonly ExchangeRoom room in rooms)
        {
            if (room.Judgement.Verdict != Verdict.Ok)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Gives the rooms their entries in turn, and reads on where one has more than its part while others left some of theirs.</summary>
    private async ValueTask ShareAsync(ExchangeRoom[] rooms, SharedLimit limit, CancellationToken cancel)
    {
        int first = Random.Shared.Next(rooms.Length);
        limit.Share(rooms, first);
        while (!limit.IsOver)
        {
            int waiting = rooms.Count(static room => ReadsOn(room));
            if (waiting == 0)
            {
                return;
            }

            bool hasRead = false;
            ReadLimits part = limit.Part(waiting);
            for (int i = 0; i < rooms.Length; i++)
            {
                hasRead |= ReadsOn(rooms[i]) && await TryGoOnAsync(rooms, i, part, cancel).ConfigureAwait(false);
            }

            if (!hasRead)
            {
                return;
            }

            limit.Share(rooms, first);
        }
    }

    private static bool ReadsOn(in ExchangeRoom room) => room.Count > 0 && ReadsOn(room, room.IsTaken);

    private static bool ReadsOn(in ExchangeRoom room, bool isTaken) => room.Error is null && room.HasMore && isTaken && room.Delivery == Delivery.All;

    /// <summary>Reads a room's next page. Whatever is in the way of it is for the next exchange to tell.</summary>
    private async ValueTask<bool> TryGoOnAsync(ExchangeRoom[] rooms, int index, ReadLimits part, CancellationToken cancel)
    {
        try
        {
            RoomPage page = await services.Reads.ReadAsync(rooms[index].Feed, ReadFrom.After(rooms[index].End), part, Delivery.All, cancel).ConfigureAwait(false);
            if (page.Judgement.Verdict != Verdict.Ok || page.Judgement.Generation != rooms[index].Judgement.Generation)
            {
                return false;
            }

            rooms[index].GoOn(page);
            return page.Entries.Count > 0;
        }
        catch (BrokerUnavailableException)
        {
            return false;
        }
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
