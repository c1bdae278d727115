namespace Godwit.WebRtc.Dtls;

/// <summary>A handshake that waits for a thread, or has one.</summary>
internal interface IHandshake
{
    /// <summary>Whose turn it counts as: one address does not take all threads. Null for whoever has no limit.</summary>
    object? Share { get; }

    /// <summary>Makes the handshake, and blocks for as long as that takes. It does not throw.</summary>
    void Run();

    /// <summary>It will not be run any more.</summary>
    void Drop();
}
