using Godwit.Access;
using Godwit.Brokers;
using Godwit.Feeds;
using Godwit.Feeds.Framings;
using Godwit.Feeds.Pump;
using Godwit.Instruments;
using Godwit.Limits;
using Godwit.Presence;
using Godwit.Protocol;
using Godwit.Rooms;
using Godwit.Sessions.Frames;
using Godwit.Sessions.Tokens;

namespace Godwit.Sessions;

/// <summary>A session on one connection: takes the frames of its client one after the other, and carries them out.</summary>
/// <remarks>
/// Knows no transport: messages of a WebSocket come here as those of a data channel would. Nothing of it outlives the
/// connection. The members are called by the receiving side alone, and each is awaited before the next.
/// </remarks>
internal sealed class Session(SessionServices services, Connection connection, string? origin = null)
{
    /// <summary>The frames in a row that may break the contract; the last of them ends the connection.</summary>
    public const int MaxBroken = 10;

    private readonly Dictionary<RoomName, Reader> _rooms = [];
    private readonly SessionAnswers _answers = new(connection);
    private readonly RateRefusals _refusals = new();
    private HelloDeadline? _deadline;
    private LiveSession? _live;
    private bool _isWelcome;
    private int _broken;

    /// <summary>Whether the server stops, so that what it was made of may be gone.</summary>
    public bool IsStopping => services.Reads.IsDraining;

    /// <summary>Begins to wait for the client's hello.</summary>
    public void AwaitHello()
    {
        if (services.HelloTimeout is { } limit)
        {
            _deadline = new HelloDeadline(connection, limit);
            _deadline.Start();
        }
    }

    /// <summary>The connection has ended: no hello is waited for any more.</summary>
    public void Stop()
    {
        _deadline?.Stop();
        _deadline = null;
        _live?.Dispose();
    }

    /// <summary>Takes the text of a frame.</summary>
    /// <returns>False when the connection was told to close, and nothing more is to be taken.</returns>
    /// <exception cref="Exception">The store failed in another way than by not answering.</exception>
    public ValueTask<bool> TakeAsync(ReadOnlySpan<byte> text) =>
        ClientFrameReader.TryRead(text, out ClientFrame? frame, out FrameFault fault) ? CarryOutAsync(frame) : RefuseAsync(fault);

    /// <summary>Answers what the contract does not allow; after ten in a row it closes.</summary>
    /// <returns>As of <see cref="TakeAsync"/>.</returns>
    public async ValueTask<bool> RefuseAsync(FrameFault fault)
    {
        if (++_broken < MaxBroken)
        {
            await _answers.SendAsync(fault.ToFrame()).ConfigureAwait(false);
            return true;
        }

        await _answers.SendAsync(fault.ToFrame()).ConfigureAwait(false);
        connection.Close(connection.Framing.End(ErrorCode.ProtocolBroken));
        return false;
    }

    /// <summary>Greets the client, however it came.</summary>
    /// <param name="id">The id of its hello.</param>
    /// <param name="identity">Who it is.</param>
    /// <param name="rooms">The rooms it begins with.</param>
    public async ValueTask WelcomeAsync(FrameId id, SessionIdentity identity, IReadOnlyList<RoomJoin> rooms)
    {
        _isWelcome = true;
        connection.SessionId = identity.Id;
        connection.EndIfRevoked(services.Revocations);
        await _answers.SendAsync(AnswerText.Welcome(id, identity, connection.Caller.Expires, services.Heartbeat)).ConfigureAwait(false);
        foreach (RoomJoin join in rooms)
        {
            await JoinAsync(default, join).ConfigureAwait(false);
        }
    }

    /// <summary>Sends the answer to a frame that was carried out elsewhere.</summary>
    public ValueTask AnswerAsync(byte[] answer) => _answers.SendAsync(answer);

    /// <summary>Carries out what a client sent with the request that began the session's stream.</summary>
    /// <exception cref="Exception">The store failed in another way than by not answering.</exception>
    public ValueTask TakeSentAsync(ClientFrame frame) =>
        frame is RefreshFrame refresh && services.Credentials.AreChecked ? RefreshAsync(refresh) : CallAsync(frame);

    /// <summary>Carries out a frame that changes nothing of the connection, and sends its answer.</summary>
    private async ValueTask CallAsync(ClientFrame frame)
    {
        // Two steps, so that the text is not held beside its frame while the client takes that.
        ValueTask sent = await BeginAnswerAsync(frame).ConfigureAwait(false);
        await sent.ConfigureAwait(false);
    }

    /// <summary>Joins a room, or moves the reader of one that is joined.</summary>
    public async ValueTask JoinAsync(FrameId id, RoomJoin join)
    {
        RoomName room = join.Room;
        if (_rooms.Count >= services.MaxRooms)
        {
            // The server may have taken it out of some.
            foreach ((RoomName left, Reader reader) in _rooms)
            {
                if (reader.IsExpelled)
                {
                    _rooms.Remove(left);
                }
            }
        }

        if (_rooms.Count >= services.MaxRooms && !_rooms.ContainsKey(room))
        {
            GodwitMeter.Hit(LimitNames.SessionRooms);
            await AnswerAsync(new FrameFault(ErrorCode.RoomsLimit, $"A connection may be in {services.MaxRooms} rooms; leave one first.") { Id = id, Room = room.ToString() }.ToFrame()).ConfigureAwait(false);
            return;
        }

        ReadFrom from = join.From;
        Caller caller = connection.Caller;
        if (services.Access.RefusesRead(caller, room, ref from, out AccessRefusal denied))
        {
            await AnswerAsync(new FrameFault(denied.Code, denied.Detail) { Id = id, Room = room.ToString(), Retry = denied.Retry }.ToFrame()).ConfigureAwait(false);
            return;
        }

        if (await services.Reads.RefusesNewAsync(room, connection.Caller, CancellationToken.None).ConfigureAwait(false) is { } tooMany)
        {
            _refusals.Add(tooMany, services.Reads.Now);
            await AnswerAsync(new FrameFault(tooMany.Code, tooMany.Detail) { Id = id, Room = room.ToString(), Retry = tooMany.Retry }.ToFrame()).ConfigureAwait(false);
            return;
        }

        if (join.Presence is { } asked && services.Presence.Refuses(caller, room, asked.State, out FrameFault fault))
        {
            await AnswerAsync((fault with { Id = id }).ToFrame()).ConfigureAwait(false);
            return;
        }

        FeedLease? lease = null;
        Membership? membership = null;
        ErrorCode? why = null;
        try
        {
            lease = await services.Reads.OpenAsync(room, from, CancellationToken.None).ConfigureAwait(false);
            Judgement judgement = await services.Reads.JudgeAsync(lease, from, CancellationToken.None).ConfigureAwait(false);
            if (join.Presence is { } presence)
            {
                (membership, why) = await services.Presence.EnterAsync(lease.Feed, presence, caller, connection.SessionId).ConfigureAwait(false);
            }

            GodwitMeter.Judged(judgement.Verdict);
            var reader = new Reader(lease, judgement, join.Delivery ?? services.Policies.For(room).Delivery) { Membership = membership };
            if (_rooms.Remove(room, out Reader? before))
            {
                connection.Leave(before, null);
            }

            _rooms.Add(room, reader);
            byte[] joined = AnswerText.Joined(id, ControlObject.Joined(room, judgement.Position, judgement.Verdict, judgement.Missing));
            bool isMember = join.Presence is { IsMember: true } && why is null;
            await _answers.JoinAsync(reader, isMember ? AnswerText.WithMember(joined, connection.SessionId) : joined).ConfigureAwait(false);
            if (why is not null)
            {
                await AnswerAsync(new FrameFault(why, "It is read all the same.") { Room = room.ToString() }.ToFrame()).ConfigureAwait(false);
            }

            if (!ReferenceEquals(caller, connection.Caller))
            {
                // An exchange has refreshed the credential meanwhile, and its look at the rooms may have missed this one.
                connection.Become(connection.Caller, services.Access);
            }
        }
        catch (BrokerUnavailableException away)
        {
            membership?.End(Departure.Left);
            lease?.Dispose();
            await AnswerAsync(new FrameFault(ErrorCode.StoreAway, "Join again from the same position.") { Id = id, Room = room.ToString(), Retry = away.RetryAfter }.ToFrame()).ConfigureAwait(false);
        }
        catch
        {
            membership?.End(Departure.Left);
            lease?.Dispose();
            throw;
        }
    }

    private async ValueTask<bool> CarryOutAsync(ClientFrame frame)
    {
        if (frame is HelloFrame == _isWelcome)
        {
            string detail = _isWelcome ? "A connection says hello once." : "The first frame of a connection is hello.";
            return await RefuseAsync(new FrameFault(ErrorCode.OpUnexpected, detail) { Id = frame.Id, Field = "op" }).ConfigureAwait(false);
        }

        _broken = 0;
        switch (frame)
        {
            case HelloFrame hello:
                return await GreetAsync(hello).ConfigureAwait(false);
            case RefreshFrame refresh when services.Credentials.AreChecked:
                await RefreshAsync(refresh).ConfigureAwait(false);
                break;
            case JoinFrame join:
                await JoinAsync(frame.Id, join.Join).ConfigureAwait(false);
                break;
            case LeaveFrame leave:
                await LeaveAsync(leave).ConfigureAwait(false);
                break;
            default:
                await CallAsync(frame).ConfigureAwait(false);
                break;
        }

        if (_refusals.Over is not { } code)
        {
            return true;
        }

        // Whoever goes on for all the refusals costs more than it is worth to answer.
        connection.Close(connection.Framing.End(code));
        return false;
    }

    private async ValueTask<ValueTask> BeginAnswerAsync(ClientFrame frame)
    {
        CallAnswer answer = await services.Calls.AnswerAsync(frame, connection.Caller, connection.SessionId, CancellationToken.None, _refusals).ConfigureAwait(false);
        services.Reads.CountAnswer(connection.Caller, answer.Text.Length);
        return _answers.SendAsync(answer);
    }

    private async ValueTask<bool> GreetAsync(HelloFrame hello)
    {
        // It was said in time, however long the store takes over the keys.
        Stop();
        SessionIdentity identity;
        try
        {
            if (hello.Credential is { } presented && services.Credentials.AreChecked)
            {
                Identification identified = await services.Credentials.IdentifyAsync(presented with { Origin = origin, Address = connection.Caller.Address }, CancellationToken.None).ConfigureAwait(false);
                if (identified.Caller is not { } caller)
                {
                    // Behind the error: who is not let in is told why, and goes.
                    await AnswerAsync(new FrameFault(identified.Refusal.Code, identified.Refusal.Detail) { Id = hello.Id, Retry = identified.Refusal.Retry }.ToFrame()).ConfigureAwait(false);
                    connection.Close(connection.Framing.End(identified.Refusal.Code));
                    return false;
                }

                connection.Caller = caller;
            }
            else if (connection.Caller is { IsAnonymous: true, IsUnchecked: false } && services.Credentials is { AreChecked: true, TakesAnonymous: false })
            {
                await AnswerAsync(new FrameFault(ErrorCode.CredentialMissing, "Say hello with 'token' or 'ticket'.") { Id = hello.Id }.ToFrame()).ConfigureAwait(false);
                connection.Close(connection.Framing.End(ErrorCode.CredentialMissing));
                return false;
            }

            identity = await services.Tokens.IdentifyAsync(hello.Session, connection.Caller.Subject, CancellationToken.None).ConfigureAwait(false);
        }
        catch (BrokerUnavailableException)
        {
            // Without the keys nobody can be told who it is; the client comes back, and meets a server that can.
            connection.Close(connection.Framing.End(ErrorCode.StoreAway));
            return false;
        }

        if (!services.Reads.Sessions.TryEnter(connection.Caller, identity.Id, out _live, out AccessRefusal tooMany))
        {
            await AnswerAsync(new FrameFault(tooMany.Code, tooMany.Detail) { Id = hello.Id, Retry = tooMany.Retry }.ToFrame()).ConfigureAwait(false);
            connection.Close(connection.Framing.End(tooMany.Code));
            return false;
        }

        await WelcomeAsync(hello.Id, identity, hello.Rooms).ConfigureAwait(false);
        return true;
    }

    /// <summary>Puts a new credential of the same user in the place of the one before.</summary>
    private async ValueTask RefreshAsync(RefreshFrame refresh)
    {
        PresentedCredential presented = refresh.Credential with { Origin = origin, Address = connection.Caller.Address };
        Refreshed refreshed = await services.Calls.RefreshAsync(refresh.Id, presented, connection.Caller, CancellationToken.None).ConfigureAwait(false);

        // The answer first: what is left behind it is left because of it.
        await AnswerAsync(refreshed.Answer).ConfigureAwait(false);
        if (refreshed.Caller is { } caller)
        {
            connection.Become(caller, services.Access);
        }
    }

    private async ValueTask LeaveAsync(LeaveFrame leave)
    {
        if (_rooms.Remove(leave.Room, out Reader? reader) && !reader.IsExpelled)
        {
            await _answers.LeaveAsync(reader, AnswerText.Left(leave.Id, leave.Room)).ConfigureAwait(false);
            return;
        }

        await AnswerAsync(new FrameFault(ErrorCode.RoomNotJoined, null) { Id = leave.Id, Room = leave.Room.ToString() }.ToFrame()).ConfigureAwait(false);
    }
}
