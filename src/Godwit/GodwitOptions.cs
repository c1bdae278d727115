using Godwit.Limits;
using Godwit.Rooms;
using Godwit.Sessions;

namespace Godwit;

/// <summary>The settings of the engine.</summary>
public sealed class GodwitOptions
{
    /// <summary>The settings of rooms by name pattern; the first match wins, and rooms that none matches have the defaults of <see cref="RoomPolicy"/>.</summary>
    public IList<RoomPolicy> Policies { get; } = [];

    /// <summary>What the logs of the memory broker may hold together, in octets of memory.</summary>
    /// <value>1 MiB or more; null, the default, is 25 % of the memory the process may use. Above it the oldest entries of the least recently published rooms go, and their readers see <c>gap</c>.</value>
    public long? LogMemory { get; set; }

    /// <summary>How long a room stays live on this server after its last reader or poll.</summary>
    /// <value>0 seconds to 1 hour; 60 seconds by default.</value>
    public TimeSpan FeedLinger { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>The longest a long poll is held; a longer <c>wait</c> is cut to it.</summary>
    /// <value>1 to 120 seconds; 55 by default, below the 60 seconds after which common proxies give up.</value>
    public TimeSpan MaxWait { get; set; } = TimeSpan.FromSeconds(55);

    /// <summary>How long a stream may be silent before a heartbeat is sent.</summary>
    /// <value>1 to 60 seconds; 25 by default, below the 30 seconds of the strictest common proxies. Sent up to a fifth earlier, so that connections do not beat in step.</value>
    public TimeSpan Heartbeat { get; set; } = TimeSpan.FromSeconds(25);

    /// <summary>How long a client may take none of the bytes that are due to it, before its connection is ended.</summary>
    /// <value>1 second to 10 minutes; 30 seconds by default. The client reconnects and resumes at its position.</value>
    public TimeSpan StallLimit { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a connection outlives its credential, so that a client can refresh it.</summary>
    /// <value>0 seconds to 10 minutes; 25 seconds by default. Requests with a credential that has ended are refused at once.</value>
    public TimeSpan CredentialGrace { get; set; } = TimeSpan.FromSeconds(25);

    /// <summary>How long a revocation is remembered, and so the longest that a token may still hold: one that outlived its revocation would be good again.</summary>
    /// <value>1 hour to 3,660 days; 30 days by default. Tokens that end later are refused.</value>
    public TimeSpan RevocationLife { get; set; } = TimeSpan.FromDays(30);

    /// <summary>How long the application may take to answer a request of a client.</summary>
    /// <value>1 second to 2 minutes; 10 seconds by default. Then the client is answered <c>request.timeout</c>.</value>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a server that is told to stop goes on as before, but not ready, so that load balancers find out.</summary>
    /// <value>0 seconds to 5 minutes; 5 seconds by default. It ends early when nobody is connected.</value>
    public TimeSpan DrainDelay { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Over how long a server that stops then spreads its clients, so that they do not come to the other servers all at once.</summary>
    /// <value>0 seconds to 10 minutes; 15 seconds by default. It ends early when nobody is connected; 0 lets everybody go at once.</value>
    public TimeSpan DrainWindow { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>The number of shards that send.</summary>
    /// <value>1 to 64; null, the default, is the number of processor cores.</value>
    public int? Shards { get; set; }

    /// <summary>The settings of sessions.</summary>
    public SessionOptions Session { get; } = new();

    /// <summary>What clients may ask of this server in a time.</summary>
    public LimitOptions Limits { get; } = new();
}
