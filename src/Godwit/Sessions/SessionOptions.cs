using Godwit.Access;
namespace Godwit.Sessions;

/// <summary>The settings of sessions.</summary>
public sealed class SessionOptions
{
    /// <summary>The keys of session tokens, the same on every server: the first signs, all of them verify.</summary>
    /// <value>0 to 2 keys; none by default: then the servers keep their keys in the store. To change the key put the new one first and keep the old one behind it for <see cref="TokenLife"/>; who comes with a token of a key that is not there gets a new session.</value>
    public IList<SharedSecret> Keys { get; } = [];

    /// <summary>How long a session token identifies its session.</summary>
    /// <value>1 minute to 365 days; 24 hours by default. Who comes later gets a new session.</value>
    public TimeSpan TokenLife { get; set; } = TimeSpan.FromHours(24);

    /// <summary>How long a client may take to say hello over a session's WebSocket, and so to show who it is.</summary>
    /// <value>1 second to 1 minute; 5 seconds by default; null is no limit. Then the connection ends with <c>hello.timeout</c>.</value>
    public TimeSpan? HelloTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The rooms that one connection of a session reads at a time.</summary>
    /// <value>1 to 10,000; 128 by default; null is no limit. One more is refused, and the others stay.</value>
    public int? MaxRooms { get; set; } = 128;
}
