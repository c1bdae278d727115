using Godwit.Protocol;

namespace Godwit.Brokers;

/// <summary>How an append ended.</summary>
public enum AppendOutcome
{
    /// <summary>The entry is in the log, as durably as the broker stores.</summary>
    Stored,

    /// <summary>The same content was appended under this key before; nothing was added.</summary>
    Duplicate,

    /// <summary>Other content was appended under this key before; nothing was added.</summary>
    KeyReused,
}

/// <summary>The answer to an append.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="Position">The position of the entry, or of the first one under the same key.</param>
public readonly record struct Appended(AppendOutcome Outcome, Position Position);
