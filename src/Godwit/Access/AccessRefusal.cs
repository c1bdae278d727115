using Godwit.Protocol;

namespace Godwit.Access;

/// <summary>Why access is refused.</summary>
/// <param name="Code">The kind of refusal.</param>
/// <param name="Detail">What was missing or wrong, and what would do. Goes to the client; never has anything of a credential in it.</param>
internal readonly record struct AccessRefusal(ErrorCode Code, string Detail)
{
    /// <summary>When trying again makes sense, or null.</summary>
    public TimeSpan? Retry { get; init; }
}
