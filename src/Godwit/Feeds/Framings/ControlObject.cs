using System.Text;
using Godwit.Protocol;

namespace Godwit.Feeds.Framings;

/// <summary>The JSON objects of the control frames that concern a reader.</summary>
internal static class ControlObject
{
    /// <summary>The first frame of a reader: where it begins, and what became of the position it came with.</summary>
    public static byte[] Joined(RoomName room, Position position, Verdict verdict, OffsetRange? missing) =>
        Encoding.ASCII.GetBytes($$"""{"op":"joined","room":"{{room}}","position":"{{position}}","verdict":"{{Text(verdict)}}"{{Missing(missing)}}}""");

    /// <summary>Entries left retention before the reader came to them.</summary>
    public static byte[] Gap(RoomName room, Position position, OffsetRange missing) =>
        Encoding.ASCII.GetBytes($$"""{"op":"gap","room":"{{room}}","position":"{{position}}"{{Missing(missing)}}}""");

    /// <summary>The log is another one now; reading goes on with its oldest entry.</summary>
    public static byte[] Reset(RoomName room, Position position) =>
        Encoding.ASCII.GetBytes($$"""{"op":"reset","room":"{{room}}","position":"{{position}}"}""");

    /// <summary>The store does not answer; entries may be late.</summary>
    public static byte[] Degraded(RoomName room) => Encoding.ASCII.GetBytes($$"""{"op":"degraded","room":"{{room}}"}""");

    /// <summary>The store answers again.</summary>
    public static byte[] Restored(RoomName room) => Encoding.ASCII.GetBytes($$"""{"op":"restored","room":"{{room}}"}""");

    /// <summary>The server has taken the reader out of a room.</summary>
    public static byte[] Left(RoomName room, ErrorCode code) => Encoding.ASCII.GetBytes($$"""{"op":"left","room":"{{room}}","code":"{{code.Code}}"}""");

    /// <summary>The server stops.</summary>
    /// <param name="closes">In how many ms it closes the connection.</param>
    /// <param name="back">After how many ms the client comes back.</param>
    public static byte[] Drain(long closes, long back) => Encoding.ASCII.GetBytes($$"""{"op":"drain","closes":{{closes}},"back":{{back}}}""");

    /// <summary>The word of a verdict on the wire.</summary>
    public static string Text(Verdict verdict) => verdict switch
    {
        Verdict.Ok => "ok",
        Verdict.Gap => "gap",
        _ => "reset",
    };

    /// <summary>The member that names a lost range, with the comma before it.</summary>
    public static string Missing(OffsetRange? missing) =>
        missing is { } range ? $$""","missing":{"from":{{range.From}},"to":{{range.To}}}""" : "";
}
