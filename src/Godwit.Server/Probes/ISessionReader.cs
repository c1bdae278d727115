namespace Godwit.Server.Probes;

/// <summary>A reader that reads through a session.</summary>
internal interface ISessionReader
{
    /// <summary>What the server said of the session most recently; null before it did.</summary>
    SessionWelcome? Welcome { get; }
}
