namespace Godwit.Server.Reaching;

/// <summary>A server cannot be used as it was asked for: the message says in one line what is wrong and what would be right.</summary>
internal sealed class ServerFault(string message) : Exception(message)
{
    /// <summary>Whether it was tried for a time, so that what became of it is not known.</summary>
    public bool IsGivenUp { get; init; }
}
