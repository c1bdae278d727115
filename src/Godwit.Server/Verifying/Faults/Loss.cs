namespace Godwit.Server.Verifying.Faults;

/// <summary>What of a log a fault may take away, by what the store promises.</summary>
internal enum Loss
{
    /// <summary>Nothing: positions hold.</summary>
    Nothing,

    /// <summary>The newest entries: positions at them get a reset.</summary>
    End,

    /// <summary>All of it: every position gets a reset.</summary>
    Log,
}
