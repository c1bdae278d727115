using Godwit.Brokers;
using Godwit.Feeds;
using Godwit.Feeds.Framings;
using Godwit.Protocol;
using Godwit.Rooms;
using Godwit.Sessions.Frames;

namespace Godwit.Sessions;

/// <summary>Carries out what a client asks for that has one answer and changes nothing of its connection: publish, read, request, members, refresh, ping.</summary>
internal sealed class SessionCalls(IBroker broker, RoomPolicies policies, RoomReads reads)
{
    /// <summary>Carries out a frame and returns the JSON text of its answer: a <c>reply</c>, a <c>pong</c> or an <c>error</c>.</summary>
    /// <param name="frame">Neither of hello, join and leave, which are a connection's: those get <see cref="ErrorCode.OpUnexpected"/>.</param>
    /// <param name="cancel">Ends a read; a publish is finished whatever becomes of the client.</param>
    /// <exception cref="Exception">The store failed in another way than by not answering.</exception>
    public async ValueTask<byte[]> AnswerAsync(ClientFrame frame, CancellationToken cancel)
    {
        try
        {
            return frame switch
            {
                PublishFrame publish => await PublishAsync(publish).ConfigureAwait(false),
                ReadFrame read => await ReadAsync(read, cancel).ConfigureAwait(false),
                PingFrame => AnswerText.Bare("pong"u8, frame.Id),

                // Nobody looks at credentials while access is not configured, so there is none to take the place of.
                RefreshFrame => AnswerText.Bare("reply"u8, frame.Id),
                RequestFrame request => Refuse(frame, ErrorCode.RequestUnhandled, request.Room, "The application has nothing that answers requests to this room."),
                MembersFrame members => Refuse(frame, ErrorCode.PresenceOff, members.Room, null),
                _ => new FrameFault(ErrorCode.OpUnexpected, "Rooms are joined and left by 'rooms' here, and 'send' takes publish, read, request, members, refresh and ping.") { Id = frame.Id, Field = "op" }.ToFrame(),
            };
        }
        catch (BrokerUnavailableException away)
        {
            RoomName room = frame is PublishFrame { Room: var to } ? to : ((ReadFrame)frame).Room;
            string detail = frame is PublishFrame ? PublishRules.StoreAway : "Try again in a moment.";
            return new FrameFault(ErrorCode.StoreAway, detail) { Id = frame.Id, Room = room.ToString(), Retry = away.RetryAfter }.ToFrame();
        }
    }

    private async ValueTask<byte[]> PublishAsync(PublishFrame publish)
    {
        RoomPolicy policy = policies.For(publish.Room);
        int length = publish.Content.Data.Length;
        if (length > policy.EntryBytes)
        {
            return Refuse(publish, ErrorCode.EntryTooLarge, publish.Room, PublishRules.EntryTooLarge(length, policy.EntryBytes));
        }

        PublishKey? key = publish.Key is null ? null : new PublishKey("", publish.Key);
        Appended appended = await broker.AppendAsync(publish.Room, publish.Content, key, CancellationToken.None).ConfigureAwait(false);
        return appended.Outcome == AppendOutcome.KeyReused
            ? Refuse(publish, ErrorCode.KeyReused, publish.Room, PublishRules.KeyReused(policy))
            : AnswerText.Published(publish.Id, appended);
    }

    private async ValueTask<byte[]> ReadAsync(ReadFrame read, CancellationToken cancel)
    {
        using FeedLease lease = await reads.OpenAsync(read.Room, read.From, cancel).ConfigureAwait(false);
        RoomPage page = await reads.ReadAsync(lease, read.From, new ReadLimits(read.Limit, PollText.MaxLength), Delivery.All, cancel).ConfigureAwait(false);
        bool backwards = read.From.Kind == ReadFromKind.Before;
        return AnswerText.Page(read.Id, PollText.Compose(lease.Feed, page, backwards, moreBackwards: backwards).Text);
    }

    private static byte[] Refuse(ClientFrame frame, ErrorCode code, RoomName room, string? detail) =>
        new FrameFault(code, detail) { Id = frame.Id, Room = room.ToString() }.ToFrame();
}
