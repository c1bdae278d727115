using Godwit.Access;
using Godwit.Brokers;
using Godwit.Feeds;
using Godwit.Feeds.Framings;
using Godwit.Instruments;
using Godwit.Limits;
using Godwit.Presence;
using Godwit.Protocol;
using Godwit.Rooms;
using Godwit.Sessions.Frames;

namespace Godwit.Sessions;

/// <summary>Carries out what a client asks for that has one answer and changes nothing of its connection: publish, read, request, members, refresh, ping.</summary>
internal sealed class SessionCalls(IBroker broker, RoomPolicies policies, RoomReads reads, RoomAccess access, RoomPresence presence, ICredentials credentials, ApplicationRequests requests)
{
    /// <summary>Carries out a frame and returns the JSON text of its answer: a <c>reply</c>, a <c>pong</c> or an <c>error</c>.</summary>
    /// <param name="frame">Neither of hello, join and leave, which are a connection's: those get <see cref="ErrorCode.OpUnexpected"/>.</param>
    /// <param name="caller">Who asks.</param>
    /// <param name="session">Whose session it is.</param>
    /// <param name="cancel">Ends a read; a publish is finished whatever becomes of the client.</param>
    /// <param name="refusals">Where refusals are noted of whoever could go on for ever.</param>
    /// <exception cref="Exception">The store failed in another way than by not answering.</exception>
    public async ValueTask<CallAnswer> AnswerAsync(ClientFrame frame, Caller caller, UInt128 session, CancellationToken cancel, RateRefusals? refusals = null)
    {
        try
        {
            return frame switch
            {
                PublishFrame publish => await PublishAsync(publish, caller, refusals).ConfigureAwait(false),
                ReadFrame read => await ReadAsync(read, caller, refusals, cancel).ConfigureAwait(false),
                PingFrame => AnswerText.Bare("pong"u8, frame.Id),
                RefreshFrame refresh => (await RefreshAsync(refresh.Id, refresh.Credential, caller, cancel).ConfigureAwait(false)).Answer,
                RequestFrame request => await RequestAsync(request, caller, refusals).ConfigureAwait(false),
                MembersFrame members => await MembersAsync(members, caller, session, refusals, cancel).ConfigureAwait(false),
                _ => new FrameFault(ErrorCode.OpUnexpected, "Rooms are joined and left by 'rooms' here, and 'send' takes publish, read, request, members, refresh and ping.") { Id = frame.Id, Field = "op" }.ToFrame(),
            };
        }
        catch (BrokerUnavailableException away)
        {
            string? room = frame switch { PublishFrame { Room: var to } => to.ToString(), ReadFrame { Room: var of } => of.ToString(), MembersFrame { Room: var of } => of.ToString(), _ => null };
            string detail = frame is PublishFrame ? PublishRules.StoreAway : "Try again in a moment.";
            return new FrameFault(ErrorCode.StoreAway, detail) { Id = frame.Id, Room = room, Retry = away.RetryAfter }.ToFrame();
        }
    }

    private async ValueTask<byte[]> PublishAsync(PublishFrame publish, Caller caller, RateRefusals? refusals)
    {
        if (access.RefusesPublish(caller, publish.Room, out AccessRefusal denied))
        {
            refusals?.Add(denied, reads.Now);
            return Refuse(publish, denied, publish.Room);
        }

        if (PublishRules.IsWeak(publish.Key, caller))
        {
            return new FrameFault(ErrorCode.KeyWeak, PublishRules.Key(ErrorCode.KeyWeak)) { Id = publish.Id, Room = publish.Room.ToString(), Field = "key" }.ToFrame();
        }

        RoomPolicy policy = policies.For(publish.Room);
        EntryContent content = publish.Content with { From = caller.User };
        if (PublishRules.EntryTooLarge(policy, publish.Room, content) is { } tooLarge)
        {
            return Refuse(publish, ErrorCode.EntryTooLarge, publish.Room, tooLarge);
        }

        Appended appended = await broker.AppendAsync(publish.Room, content, PublishRules.Key(publish.Key, caller), CancellationToken.None).ConfigureAwait(false);
        GodwitMeter.Published(appended.Outcome);
        return appended.Outcome == AppendOutcome.KeyReused
            ? Refuse(publish, ErrorCode.KeyReused, publish.Room, PublishRules.KeyReused(policy))
            : AnswerText.Published(publish.Id, appended);
    }

    private async ValueTask<CallAnswer> RequestAsync(RequestFrame request, Caller caller, RateRefusals? refusals)
    {
        if (access.RefusesPublish(caller, request.Room, out AccessRefusal denied))
        {
            refusals?.Add(denied, reads.Now);
            return Refuse(request, denied, request.Room);
        }

        return await requests.AnswerAsync(request, caller).ConfigureAwait(false);
    }

    private async ValueTask<CallAnswer> MembersAsync(MembersFrame members, Caller caller, UInt128 session, RateRefusals? refusals, CancellationToken cancel)
    {
        if (presence.Refuses(caller, members.Room, members.State, out FrameFault fault))
        {
            return (fault with { Id = members.Id }).ToFrame();
        }

        if (members.State is { } state)
        {
            // It goes to all who are told of members, as an entry does to all readers.
            if (access.IsAboveRate(caller, members.Room, out AccessRefusal tooOften))
            {
                refusals?.Add(tooOften, reads.Now);
                return Refuse(members, tooOften, members.Room);
            }

            return await presence.UpdateAsync(members.Room, session, state).ConfigureAwait(false)
                ? MembersText.Changed(members.Id, members.Room)
                : Refuse(members, ErrorCode.PresenceAbsent, members.Room, "Join the room with 'present' true first.");
        }

        MemberPage page = await presence.PageAsync(members.Room, members.After, cancel).ConfigureAwait(false);
        byte[] text = MembersText.Page(members.Id, members.Room, page.Count, page.Members, page.More);
        AnswerHold? hold = null;
        if (text.Length > AnswerBudget.Free && ((hold = reads.Answers.Take(text.Length)) is null || hold.Octets < text.Length))
        {
            hold?.Dispose();
            return Refuse(members, ErrorCode.AnswerFull, members.Room, "As many large answers as the server holds are on their way to clients. Ask again in a moment.");
        }

        return new CallAnswer(text, hold);
    }

    private async ValueTask<CallAnswer> ReadAsync(ReadFrame read, Caller caller, RateRefusals? refusals, CancellationToken cancel)
    {
        ReadFrom from = read.From;
        if (access.RefusesRead(caller, read.Room, ref from, out AccessRefusal denied))
        {
            return Refuse(read, denied, read.Room);
        }

        if (await reads.RefusesNewAsync(read.Room, caller, cancel).ConfigureAwait(false) is { } tooMany)
        {
            refusals?.Add(tooMany, reads.Now);
            return Refuse(read, tooMany, read.Room);
        }

        using FeedLease lease = await reads.OpenAsync(read.Room, from, cancel).ConfigureAwait(false);
        RoomPage page = await reads.ReadAsync(lease, from, new ReadLimits(read.Limit, PollText.MaxLength), Delivery.All, cancel).ConfigureAwait(false);
        GodwitMeter.Judged(page.Judgement.Verdict);
        return AnswerText.Page(read.Id, lease.Feed, page, reads.Answers, backwards: read.From.Kind == ReadFromKind.Before);
    }

    /// <summary>Checks a credential that is to take the place of another.</summary>
    /// <param name="id">What is answered.</param>
    /// <param name="presented">The new one.</param>
    /// <param name="caller">Who shows it: it must be of the same user.</param>
    /// <param name="cancel">Gives up waiting for the store.</param>
    /// <returns>The answer, with the caller to go on as; null where the credential is refused or nobody looks at any.</returns>
    /// <exception cref="BrokerUnavailableException">Only the store could tell, and it does not answer.</exception>
    public async ValueTask<Refreshed> RefreshAsync(FrameId id, PresentedCredential presented, Caller caller, CancellationToken cancel)
    {
        // Where nobody looks at credentials there is none to take the place of.
        if (!credentials.AreChecked)
        {
            return new Refreshed(null, AnswerText.Bare("reply"u8, id));
        }

        Identification identified = await credentials.IdentifyAsync(presented, cancel).ConfigureAwait(false);
        if (identified.Caller is not { } fresh)
        {
            return new Refreshed(null, new FrameFault(identified.Refusal.Code, identified.Refusal.Detail) { Id = id, Retry = identified.Refusal.Retry }.ToFrame());
        }

        return fresh.Publisher == caller.Publisher
            ? new Refreshed(fresh, AnswerText.Refreshed(id, fresh.Expires))
            : new Refreshed(null, new FrameFault(ErrorCode.CredentialOther, "Another user begins a connection of their own.") { Id = id }.ToFrame());
    }

    private static byte[] Refuse(ClientFrame frame, in AccessRefusal refusal, RoomName room) =>
        new FrameFault(refusal.Code, refusal.Detail) { Id = frame.Id, Room = room.ToString(), Retry = refusal.Retry }.ToFrame();

    private static byte[] Refuse(ClientFrame frame, ErrorCode code, RoomName room, string? detail) =>
        new FrameFault(code, detail) { Id = frame.Id, Room = room.ToString() }.ToFrame();
}

/// <summary>What became of a refresh.</summary>
/// <param name="Caller">Who goes on; null where nothing changes.</param>
/// <param name="Answer">The frame that answers it.</param>
internal readonly record struct Refreshed(Caller? Caller, byte[] Answer);
