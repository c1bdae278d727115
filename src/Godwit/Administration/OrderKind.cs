namespace Godwit.Administration;

/// <summary>What administrators order.</summary>
internal enum OrderKind
{
    /// <summary>Credentials, or a session, are not good any more; what stands by them ends.</summary>
    Revoke,

    /// <summary>Connections end.</summary>
    Disconnect,

    /// <summary>A user's readers leave a room.</summary>
    Leave,
}
