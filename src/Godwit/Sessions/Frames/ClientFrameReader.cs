using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Godwit.Access;
using Godwit.Brokers;
using Godwit.Protocol;
using Godwit.Protocol.Json;

namespace Godwit.Sessions.Frames;

/// <summary>Reads the frames of clients.</summary>
internal static class ClientFrameReader
{
    /// <summary>Reads a frame, or says what is wrong with it.</summary>
    /// <param name="text">Its JSON text.</param>
    /// <param name="frame">What it asks for.</param>
    /// <param name="fault">What is wrong, where <paramref name="frame"/> is null.</param>
    public static bool TryRead(ReadOnlySpan<byte> text, [NotNullWhen(true)] out ClientFrame? frame, out FrameFault fault)
    {
        if (!JsonText.IsUtf8(text, out JsonFault wrong))
        {
            frame = null;
            fault = new FrameFault(wrong.Code, wrong.Detail);
            return false;
        }

        return TryRead(text, before: default, out frame, out fault);
    }

    /// <summary>Reads a frame that is a part of a larger text.</summary>
    /// <param name="text">Its JSON text; it is UTF-8.</param>
    /// <param name="before">What stands before it: lines and octets are counted from there.</param>
    /// <param name="frame">What it asks for.</param>
    /// <param name="fault">What is wrong, where <paramref name="frame"/> is null.</param>
    public static bool TryRead(ReadOnlySpan<byte> text, ReadOnlySpan<byte> before, [NotNullWhen(true)] out ClientFrame? frame, out FrameFault fault)
    {
        var fields = new FrameFields(text, before);
        bool isNoted = fields.TryNote("A frame");
        fault = fields.Fault;
        bool hasId = fields.TryId(out FrameId id);
        if (isNoted)
        {
            // The op first; the id's fault is then noted once more.
            frame = fields.TryOp(out string op) && (hasId || fields.TryId(out _)) ? TryRead(ref fields, op, id) : null;
            fault = fields.Fault;
        }
        else
        {
            frame = null;
        }

        if (frame is not null)
        {
            fault = default;
            return true;
        }

        fault = fault with { Id = id, Room = fields.RoomOrNull() };
        return false;
    }

    private static ClientFrame? TryRead(ref FrameFields fields, string op, FrameId id) => op switch
    {
        FrameOps.Hello => Hello(ref fields, id),
        FrameOps.Join => fields.TryRoom(out RoomName room) && RoomJoinReader.TryRead(ref fields, room, out RoomJoin join) ? new JoinFrame(id, join) : null,
        FrameOps.Leave => fields.TryRoom(out RoomName room) ? new LeaveFrame(id, room) : null,
        FrameOps.Publish => Publish(ref fields, id),
        FrameOps.Read => Read(ref fields, id),
        FrameOps.Request => Request(ref fields, id),
        FrameOps.Members => Members(ref fields, id),
        FrameOps.Refresh => fields.TryCredential(isNeeded: true, out PresentedCredential? credential) ? new RefreshFrame(id, credential!.Value) : null,
        _ => new PingFrame(id),
    };

    private static HelloFrame? Hello(ref FrameFields fields, FrameId id)
    {
        var rooms = new List<RoomJoin>();
        return fields.TryCredential(isNeeded: false, out PresentedCredential? credential)
            && fields.TrySession(out string? session)
            && fields.Takes(FrameField.Rooms, "an object", JsonTokenType.StartObject)
            && (!fields.Has(FrameField.Rooms) || RoomJoinReader.TryRead(ref fields, rooms))
            ? new HelloFrame(id, credential, session, rooms)
            : null;
    }

    private static PublishFrame? Publish(ref FrameFields fields, FrameId id) =>
        fields.TryRoom(out RoomName room)
        && fields.TryEvent(out string name)
        && fields.TryKey(out string? key)
        && fields.TryContent(name, out EntryContent content)
            ? new PublishFrame(id, room, content, key)
            : null;

    private static ReadFrame? Read(ref FrameFields fields, FrameId id) =>
        fields.TryRoom(out RoomName room)
        && fields.TryLimit(out int limit)
        && fields.TryFrom(takesBefore: true, ReadFrom.Last(limit), out ReadFrom from)
            ? new ReadFrame(id, room, from, limit)
            : null;

    private static MembersFrame? Members(ref FrameFields fields, FrameId id)
    {
        if (!fields.TryRoom(out RoomName room) || !fields.TryState(out byte[]? state) || !fields.TryCursor(out UInt128? after))
        {
            return null;
        }

        if (state is not null && after is not null)
        {
            fields.Refuse(ErrorCode.ParameterConflict, "'state' changes what a member says of itself, 'cursor' reads on in the list: give one of them.", null);
            return null;
        }

        return new MembersFrame(id, room, state, after);
    }

    private static RequestFrame? Request(ref FrameFields fields, FrameId id)
    {
        if (!fields.TryRoom(out RoomName room) || !fields.TryEvent(out string name) || !fields.TryData(out byte[]? data))
        {
            return null;
        }

        if (!fields.Has(FrameField.Event))
        {
            fields.Refuse(ErrorCode.FrameInvalid, "'event' is missing.", FrameField.Event);
            return null;
        }

        return new RequestFrame(id, room, name, data ?? "null"u8.ToArray());
    }
}
