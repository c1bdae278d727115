using Godwit.Feeds;

namespace Godwit.Sessions;

/// <summary>The answer to a frame, and what it took from the budget of large answers, if anything.</summary>
/// <param name="Text">Its JSON text.</param>
/// <param name="Hold">To be disposed when the answer is out, or will never be.</param>
internal readonly record struct CallAnswer(byte[] Text, AnswerHold? Hold)
{
    /// <summary>An answer that took nothing.</summary>
    public static implicit operator CallAnswer(byte[] text) => new(text, null);
}
