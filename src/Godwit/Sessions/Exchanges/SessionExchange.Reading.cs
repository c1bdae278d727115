using Godwit.Access;
using Godwit.Brokers;
using Godwit.Feeds;
using Godwit.Feeds.Framings;
using Godwit.Feeds.Pump;
using Godwit.Instruments;
using Godwit.Presence;
using Godwit.Protocol;
using Godwit.Rooms;
using Godwit.Sessions.Frames;
using Godwit.Sessions.Tokens;

namespace Godwit.Sessions.Exchanges;

/// <summary>The rooms of an exchange: who may read them, their pages, and their part of the answer.</summary>
internal sealed partial class SessionExchange
{
    private ExchangeRoom[] Prepare(IReadOnlyList<RoomJoin> joins, Caller caller, out bool hasRefused, out bool takesPart)
    {
        takesPart = false;
        var rooms = new ExchangeRoom[joins.Count];
        hasRefused = rooms.Length > services.MaxRooms;
        for (int i = 0; i < rooms.Length; i++)
        {
            RoomJoin join = joins[i];
            if (i >= services.MaxRooms)
            {
                rooms[i] = new ExchangeRoom(join) { Error = new FrameFault(ErrorCode.RoomsLimit, $"An exchange reads {services.MaxRooms} rooms; ask for the others in another.") { Room = join.Room.ToString() }.ToFrame() };
                continue;
            }

            ReadFrom from = join.From;
            bool isDenied = services.Access.RefusesRead(caller, join.Room, ref from, out AccessRefusal denied);
            rooms[i] = new ExchangeRoom(join with { From = from });
            if (isDenied)
            {
                rooms[i].Error = new FrameFault(denied.Code, denied.Detail) { Room = join.Room.ToString(), Retry = denied.Retry }.ToFrame();
                hasRefused = true;
                continue;
            }

            if (join.Presence is { } asked)
            {
                takesPart = true;
                if (services.Presence.Refuses(caller, join.Room, asked.State, out FrameFault fault))
                {
                    rooms[i].Error = fault.ToFrame();
                    hasRefused = true;
                }
            }
        }

        return rooms;
    }

    /// <summary>Looks whether the rooms that the session wants to be a member of are ones that its caller may begin to read.</summary>
    /// <returns>Whether one is not.</returns>
    private async ValueTask<bool> AdmitAsync(ExchangeRoom[] rooms, Caller caller, CancellationToken cancel)
    {
        bool hasRefused = false;
        for (int i = 0; i < rooms.Length; i++)
        {
            if (rooms[i] is { Error: null, Join.Presence.IsMember: true })
            {
                hasRefused |= await RefusesNewAsync(rooms, i, caller, cancel).ConfigureAwait(false);
                rooms[i].IsAdmitted = true;
            }
        }

        return hasRefused;
    }

    private async ValueTask<bool> RefusesNewAsync(ExchangeRoom[] rooms, int index, Caller caller, CancellationToken cancel)
    {
        RoomName room = rooms[index].Join.Room;
        if (await services.Reads.RefusesNewAsync(room, caller, cancel).ConfigureAwait(false) is not { } tooMany)
        {
            return false;
        }

        rooms[index].Error = new FrameFault(tooMany.Code, tooMany.Detail) { Room = room.ToString(), Retry = tooMany.Retry }.ToFrame();
        return true;
    }

    /// <summary>Has the session be a member of the rooms that it wants to be one of, until it has had time to poll again.</summary>
    /// <returns>Whether the store did not say so of any, which is then told at once.</returns>
    private async ValueTask<bool> TakePartAsync(ExchangeRoom[] rooms, Caller caller, UInt128 session, TimeSpan wait)
    {
        var asking = new List<(RoomName Room, PresenceAsked Asked)>();
        foreach (ref readonly ExchangeRoom room in rooms.AsSpan())
        {
            if (room is { Error: null, Join.Presence: { } asked })
            {
                asking.Add((room.Join.Room, asked));
            }
        }

        byte[] Told(RoomName room, ErrorCode code, string detail, TimeSpan? retry = null) => new FrameFault(code, detail) { Room = room.ToString(), Retry = retry }.ToFrame();
        try
        {
            IReadOnlyDictionary<RoomName, ErrorCode> refused = await services.Presence.PollAsync(asking, caller, session, wait).ConfigureAwait(false);
            foreach (ref ExchangeRoom room in rooms.AsSpan())
            {
                if (room is { Error: null, Join.Presence.IsMember: true })
                {
                    room.IsMember = !refused.TryGetValue(room.Join.Room, out ErrorCode? why);
                    room.Notice = room.IsMember ? null : Told(room.Join.Room, why!, "It is read all the same.");
                }
            }

            return false;
        }
        catch (BrokerUnavailableException away)
        {
            foreach (ref ExchangeRoom room in rooms.AsSpan())
            {
                if (room is { Error: null, Join.Presence: not null })
                {
                    room.Error = Told(room.Join.Room, ErrorCode.StoreAway, "Ask again from the same position.", away.RetryAfter);
                }
            }

            return asking.Count > 0;
        }
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
                        if (!rooms[i].IsAdmitted && await RefusesNewAsync(rooms, i, caller, cancel).ConfigureAwait(false))
                        {
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
}
