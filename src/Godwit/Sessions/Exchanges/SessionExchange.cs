using System.Buffers;
using Godwit.Access;
using Godwit.Brokers;
using Godwit.Feeds;
using Godwit.Feeds.Framings;
using Godwit.Feeds.Pump;
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

    private static readonly TimeSpan AwayRetry = TimeSpan.FromMilliseconds(500);

    /// <summary>Carries out an exchange.</summary>
    /// <param name="request">What is asked for.</param>
    /// <param name="caller">Who asks.</param>
    /// <param name="wait">How long the answer may be held.</param>
    /// <param name="mayHold">Asked once, before the answer is held.</param>
    /// <param name="cancel">The client went away; what it sent is carried out all the same.</param>
    /// <returns>The answer; null where the client went away, or the answer may not be held.</returns>
    /// <exception cref="BrokerUnavailableException">The store does not answer, and nothing was carried out.</exception>
    public async ValueTask<ExchangeAnswer?> RunAsync(ExchangeRequest request, Caller caller, TimeSpan wait, Func<bool> mayHold, CancellationToken cancel)
    {
        bool isHeld = false;
        long start = time.GetTimestamp();
        SessionIdentity identity = await services.Tokens.IdentifyAsync(request.Session, caller.Subject, cancel).ConfigureAwait(false);
        byte[][] replies = request.Send.Count == 0 ? [] : await CarryOutAsync(request.Send, caller, identity.Id, cancel).ConfigureAwait(false);
        int count = request.Rooms.Count;
        ExchangeRoom[] rented = ArrayPool<ExchangeRoom>.Shared.Rent(count);
        Memory<ExchangeRoom> rooms = rented.AsMemory(0, count);
        bool answersAtOnce = Prepare(request.Rooms, caller, rooms.Span);
        try
        {
            if (replies.Length > 0)
            {
                await ReadAllAsync(rooms, mayHold: false, hasReplies: true, cancel).ConfigureAwait(false);
                return ExchangeText.Compose(identity, caller.Expires, rooms.Span, replies);
            }

            while (true)
            {
                TimeSpan left = wait - time.GetElapsedTime(start);
                try
                {
                    if (await ReadAllAsync(rooms, mayHold: wait > TimeSpan.Zero, hasReplies: false, cancel).ConfigureAwait(false) || answersAtOnce || rooms.IsEmpty || left <= TimeSpan.Zero)
                    {
                        return ExchangeText.Compose(identity, caller.Expires, rooms.Span, replies);
                    }
                }
                catch (BrokerUnavailableException) when (left > TimeSpan.Zero && !services.Reads.IsDraining && Presents(request.Rooms))
                {
                    // Whoever holds positions may wait for the store as for an entry.
                    if (!isHeld && !mayHold())
                    {
                        return null;
                    }

                    isHeld = true;
                    await Task.Delay(left < AwayRetry ? left : AwayRetry, time, cancel).ConfigureAwait(false);
                    continue;
                }

                if (!isHeld && !mayHold())
                {
                    return null;
                }

                isHeld = true;
                switch (await HoldAsync(rooms.Span, left, cancel).ConfigureAwait(false))
                {
                    case PollOutcome.TimedOut when IsDegraded(rooms.Span):
                        throw new BrokerUnavailableException("The store was away for as long as the exchange was held.", TimeSpan.FromSeconds(1));
                    case PollOutcome.TimedOut:
                        return ExchangeText.Compose(identity, caller.Expires, rooms.Span, replies);
                    case PollOutcome.Cancelled:
                        return null;
                }

                GoOn(rooms.Span);
            }
        }
        finally
        {
            Release(rooms.Span);

            // Entries and feeds must not be kept alive by the pool.
            rooms.Span.Clear();
            ArrayPool<ExchangeRoom>.Shared.Return(rented);
        }
    }

    private async ValueTask<byte[][]> CarryOutAsync(IReadOnlyList<ExchangeItem> items, Caller caller, UInt128 session, CancellationToken cancel)
    {
        var replies = new byte[items.Count][];
        int left = PollText.MaxLength;
        for (int i = 0; i < replies.Length; i++)
        {
            // A read of some octets brings up to a mebibyte, and all replies are there before the first is sent.
            replies[i] = items[i].Frame switch
            {
                null => items[i].Fault.ToFrame(),
                ReadFrame read when left <= 0 => new FrameFault(ErrorCode.AnswerFull, "Send it again in another exchange.") { Id = read.Id, Room = read.Room.ToString() }.ToFrame(),
                RefreshFrame refresh => await RefreshAsync(refresh, caller, session, cancel).ConfigureAwait(false),
                { } frame => await services.Calls.AnswerAsync(frame, caller, cancel).ConfigureAwait(false),
            };
            left -= replies[i].Length;
        }

        return replies;
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

    /// <summary>Makes the rooms.</summary>
    /// <returns>Whether one is refused, which is told at once.</returns>
    private bool Prepare(IReadOnlyList<RoomJoin> joins, Caller caller, Span<ExchangeRoom> rooms)
    {
        bool hasRefused = rooms.Length > services.MaxRooms;
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

        return hasRefused;
    }

    /// <summary>Reads all rooms, and shares the answer among them.</summary>
    /// <param name="memory">The rooms.</param>
    /// <param name="mayHold">Whether the exchange may be held after it: then the feeds are held from the beginning.</param>
    /// <param name="hasReplies">Whether there are answers to what was sent.</param>
    /// <param name="cancel">The client went away.</param>
    /// <returns>Whether there is something to tell: an entry, or a verdict other than <c>ok</c>.</returns>
    private ValueTask<bool> ReadAllAsync(Memory<ExchangeRoom> memory, bool mayHold, bool hasReplies, CancellationToken cancel)
    {
        Span<ExchangeRoom> rooms = memory.Span;
        long now = services.Reads.Now;
        var limit = new SharedLimit(MaxEntries, PollText.MaxLength);
        ReadLimits part = limit.Part(Math.Max(1, Math.Min(rooms.Length, services.MaxRooms)));
        int begun = 0;
        while (begun < rooms.Length && (rooms[begun].Error is not null || (!mayHold && rooms[begun].TryAnswerAtHead(services, now)) || rooms[begun].TryBegin(services, part)))
        {
            begun++;
        }

        return begun == rooms.Length && !HasEntries(rooms) ? ValueTask.FromResult(HasNews(rooms)) : ReadRestAsync(memory, begun, limit, part, hasReplies, cancel);
    }

    /// <summary>Reads the rooms from one on that has to be waited for, and shares the answer among all.</summary>
    private async ValueTask<bool> ReadRestAsync(Memory<ExchangeRoom> memory, int first, SharedLimit limit, ReadLimits part, bool hasReplies, CancellationToken cancel)
    {
        for (int i = first; i < memory.Length; i++)
        {
            if (memory.Span[i].Error is not null)
            {
                continue;
            }

            RoomJoin join = memory.Span[i].Join;
            try
            {
                if (!memory.Span[i].TryBegin(services, part))
                {
                    if (memory.Span[i].Held is null)
                    {
                        Feed held = await services.Reads.HoldAsync(join.Room, join.From, cancel).ConfigureAwait(false);
                        memory.Span[i].Hold(held, services.Policies);
                    }

                    RoomPage page = await ReadAsync(memory.Span[i], part, cancel).ConfigureAwait(false);
                    memory.Span[i].Begin(page);
                }
            }
            catch (BrokerUnavailableException away) when (hasReplies)
            {
                // What was sent is carried out: its answers must not be lost for a room that cannot be read now.
                memory.Span[i].Error = new FrameFault(ErrorCode.StoreAway, "Ask again from the same position.") { Room = join.Room.ToString(), Retry = away.RetryAfter }.ToFrame();
            }
        }

        if (!HasEntries(memory.Span))
        {
            return HasNews(memory.Span);
        }

        await ShareAsync(memory, limit, cancel).ConfigureAwait(false);
        return true;
    }

    private ValueTask<RoomPage> ReadAsync(in ExchangeRoom room, ReadLimits part, CancellationToken cancel) =>
        services.Reads.ReadAsync(room.Feed, room.From, part, room.Delivery, cancel);

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
    private async ValueTask ShareAsync(Memory<ExchangeRoom> rooms, SharedLimit limit, CancellationToken cancel)
    {
        int first = Random.Shared.Next(rooms.Length);
        limit.Share(rooms.Span, first);
        while (!limit.IsOver)
        {
            int waiting = CountReadingOn(rooms.Span);
            if (waiting == 0)
            {
                return;
            }

            bool hasRead = false;
            ReadLimits part = limit.Part(waiting);
            for (int i = 0; i < rooms.Length; i++)
            {
                hasRead |= ReadsOn(rooms.Span[i]) && await TryGoOnAsync(rooms.Slice(i, 1), part, cancel).ConfigureAwait(false);
            }

            if (!hasRead)
            {
                return;
            }

            limit.Share(rooms.Span, first);
        }
    }

    private static int CountReadingOn(ReadOnlySpan<ExchangeRoom> rooms)
    {
        int count = 0;
        foreach (ref readonly ExchangeRoom room in rooms)
        {
            count += ReadsOn(room) ? 1 : 0;
        }

        return count;
    }

    private static bool ReadsOn(in ExchangeRoom room) => room.Error is null && room.HasMore && room.IsTaken && room.Count > 0 && room.Delivery == Delivery.All;

    /// <summary>Reads a room's next page. Whatever is in the way of it is for the next exchange to tell.</summary>
    private async ValueTask<bool> TryGoOnAsync(Memory<ExchangeRoom> room, ReadLimits part, CancellationToken cancel)
    {
        try
        {
            RoomPage page = await ReadOnAsync(room.Span[0], part, cancel).ConfigureAwait(false);
            return room.Span[0].TryGoOn(page) && page.Entries.Count > 0;
        }
        catch (BrokerUnavailableException)
        {
            return false;
        }
    }

    private ValueTask<RoomPage> ReadOnAsync(in ExchangeRoom room, ReadLimits part, CancellationToken cancel) =>
        services.Reads.ReadAsync(room.Feed, ReadFrom.After(room.End), part, Delivery.All, cancel);

    private ValueTask<PollOutcome> HoldAsync(ReadOnlySpan<ExchangeRoom> rooms, TimeSpan wait, CancellationToken cancel)
    {
        var places = new WaitingPlace[rooms.Length];
        for (int i = 0; i < places.Length; i++)
        {
            places[i] = rooms[i].Place;
        }

        return services.Reads.WaitAsync(places, wait, cancel);
    }

    /// <summary>Has every room read from where it was judged to: something has come in one of them.</summary>
    private static void GoOn(Span<ExchangeRoom> rooms)
    {
        foreach (ref ExchangeRoom room in rooms)
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

    private static bool IsDegraded(ReadOnlySpan<ExchangeRoom> rooms)
    {
        foreach (ref readonly ExchangeRoom room in rooms)
        {
            if (room.Feed.IsDegraded)
            {
                return true;
            }
        }

        return false;
    }

    private static bool Presents(IReadOnlyList<RoomJoin> rooms) => rooms.Any(static room => room.From.Kind == ReadFromKind.After);
}
