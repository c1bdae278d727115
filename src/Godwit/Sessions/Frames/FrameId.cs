namespace Godwit.Sessions.Frames;

/// <summary>What a client calls one of its frames: a JSON number or string, which comes back in the answer as it was.</summary>
/// <param name="Json">The JSON text; empty where the client gave none.</param>
internal readonly record struct FrameId(ReadOnlyMemory<byte> Json)
{
    /// <summary>The most characters that an id has: those of the string, or those of the number's text.</summary>
    public const int MaxLength = 64;

    /// <summary>Whether the client gave none.</summary>
    public bool IsNone => Json.IsEmpty;
}
