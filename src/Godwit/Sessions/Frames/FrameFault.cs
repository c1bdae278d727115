using Godwit.Instruments;
using Godwit.Protocol;
using Godwit.Protocol.Json;

namespace Godwit.Sessions.Frames;

/// <summary>Why a frame of a client is refused.</summary>
/// <param name="Code">The kind of fault.</param>
/// <param name="Detail">What is wrong this time, and the rule. Goes to the client.</param>
internal readonly record struct FrameFault(ErrorCode Code, string? Detail)
{
    /// <summary>The frame's id, if it could be read.</summary>
    public FrameId Id { get; init; }

    /// <summary>The room it is about, or null.</summary>
    public string? Room { get; init; }

    /// <summary>The field at fault, a path with dots where it lies within another; null where no single one is.</summary>
    public string? Field { get; init; }

    /// <summary>The line of the text that the fault is in, from 1; 0 where it is not at one place.</summary>
    public int Line { get; init; }

    /// <summary>The octet of the fault in its line, from 1.</summary>
    public int Byte { get; init; }

    /// <summary>When trying again makes sense, or null.</summary>
    public TimeSpan? Retry { get; init; }

    /// <summary>The text of the <c>error</c> frame.</summary>
    public byte[] ToFrame()
    {
        GodwitMeter.Refused(Code);
        return ErrorFrame.Compose(Code, Room, Detail, Retry, Id.Json.Span, Field);
    }
}
