using Godwit.Access;
using Godwit.Brokers;
using Godwit.Protocol;

namespace Godwit.Sessions.Frames;

/// <summary>A frame that a client sent, with everything in it checked that is not a room's or the session's to say.</summary>
/// <param name="Id">What comes back in the answer.</param>
internal abstract record ClientFrame(FrameId Id);

/// <summary><c>hello</c>: who it is, and the rooms it begins with.</summary>
internal sealed record HelloFrame(FrameId Id, PresentedCredential? Credential, string? Session, IReadOnlyList<RoomJoin> Rooms) : ClientFrame(Id);

/// <summary><c>join</c></summary>
internal sealed record JoinFrame(FrameId Id, RoomJoin Join) : ClientFrame(Id);

/// <summary><c>leave</c></summary>
internal sealed record LeaveFrame(FrameId Id, RoomName Room) : ClientFrame(Id);

/// <summary><c>publish</c></summary>
internal sealed record PublishFrame(FrameId Id, RoomName Room, EntryContent Content, string? Key) : ClientFrame(Id);

/// <summary><c>read</c>: a page, without joining.</summary>
internal sealed record ReadFrame(FrameId Id, RoomName Room, ReadFrom From, int Limit) : ClientFrame(Id);

/// <summary><c>request</c>: a question to the application.</summary>
internal sealed record RequestFrame(FrameId Id, RoomName Room, string Event, byte[] Data) : ClientFrame(Id);

/// <summary><c>members</c>: a page of them; with <paramref name="State"/> what this member says of itself.</summary>
internal sealed record MembersFrame(FrameId Id, RoomName Room, byte[]? State, UInt128? After) : ClientFrame(Id);

/// <summary><c>refresh</c>: a new credential in place of the one before.</summary>
internal sealed record RefreshFrame(FrameId Id, PresentedCredential Credential) : ClientFrame(Id);

/// <summary><c>ping</c></summary>
internal sealed record PingFrame(FrameId Id) : ClientFrame(Id);
