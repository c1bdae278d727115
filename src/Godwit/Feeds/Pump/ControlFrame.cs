namespace Godwit.Feeds.Pump;

/// <summary>A control frame, and what its octets took from the budget of large answers, if anything.</summary>
/// <remarks>Whoever has it last disposes of the hold: when the frame is out, or when it never will be.</remarks>
internal readonly record struct ControlFrame(byte[] Octets, AnswerHold? Hold)
{
    /// <summary>A frame that took nothing.</summary>
    public static implicit operator ControlFrame(byte[] octets) => new(octets, null);
}
