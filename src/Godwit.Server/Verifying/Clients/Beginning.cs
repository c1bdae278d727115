namespace Godwit.Server.Verifying.Clients;

/// <summary>Where a reader asks to begin.</summary>
internal enum Beginning
{
    /// <summary>After the position that it has.</summary>
    Position,

    /// <summary>With what comes from now on.</summary>
    Now,

    /// <summary>With the newest few.</summary>
    Last,

    /// <summary>With the oldest that there is.</summary>
    Oldest,
}
