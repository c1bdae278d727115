using Godwit.Access;
using Godwit.Protocol;
using Godwit.Protocol.Json;
using Godwit.Sessions.Frames;

namespace Godwit.AspNetCore.Problems;

/// <summary>A refusal: what a problem document or an <c>error</c> frame says.</summary>
/// <param name="Code">The kind of fault; it decides status and title.</param>
/// <param name="Detail">What is wrong this time, and the rule. Goes to the client.</param>
internal readonly record struct Problem(ErrorCode Code, string? Detail = null)
{
    /// <summary>When trying again makes sense; where null, temporary faults say one second over HTTP.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>What the path takes instead: methods for 405, media types for 406 and 415, paths for 404.</summary>
    public string[]? Allowed { get; init; }

    /// <summary>The line of the fault in the body, from 1; 0 for none.</summary>
    public long Line { get; init; }

    /// <summary>The octet of the fault in its line, from 1; 0 where the fault is not at one place.</summary>
    public int Byte { get; init; }

    /// <summary>The field at fault, a path with dots where it lies within another; null where no single one is.</summary>
    public string? Field { get; init; }

    /// <summary>The refusal of a body that breaks the contract of sessions.</summary>
    public static Problem From(in FrameFault fault) =>
        new(fault.Code, fault.Detail) { Field = fault.Field, Line = fault.Line, Byte = fault.Byte };

    /// <summary>The refusal of somebody who may not.</summary>
    public static Problem From(in AccessRefusal refusal) => new(refusal.Code, refusal.Detail) { RetryAfter = refusal.Retry };

    /// <summary>The refusal of data that is not JSON or not UTF-8.</summary>
    public static Problem From(in JsonFault fault) => new(fault.Code, fault.Detail) { Line = fault.Line, Byte = fault.Byte };

    /// <summary>The JSON text of the <c>error</c> frame of this refusal.</summary>
    /// <param name="room">The room it is about, or null.</param>
    public byte[] ToFrame(string? room) => ErrorFrame.Compose(Code, room, Detail, RetryAfter);
}
