namespace Godwit.Protocol;

/// <summary>What a server says about a position that a client presents.</summary>
public enum Verdict
{
    /// <summary>Every entry after the position follows.</summary>
    Ok,

    /// <summary>Entries after the position have left retention; the range is named, and reading goes on behind it.</summary>
    Gap,

    /// <summary>The log is not the one the position was read from; reading begins with the oldest entry retained.</summary>
    Reset,
}
