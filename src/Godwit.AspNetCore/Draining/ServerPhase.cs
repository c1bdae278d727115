namespace Godwit.AspNetCore.Draining;

/// <summary>Where a server stands between its start and its end.</summary>
internal enum ServerPhase
{
    /// <summary>It is not serving yet.</summary>
    Starting,

    /// <summary>It serves, and new clients may be sent to it.</summary>
    Ready,

    /// <summary>It was told to stop and goes on as before, until load balancers have found out.</summary>
    Leaving,

    /// <summary>It lets its clients go.</summary>
    Draining,

    /// <summary>Whoever is left is told now.</summary>
    Stopping,
}
