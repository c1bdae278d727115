using Godwit.Server.Probes;

namespace Godwit.Server.Reaching;

/// <summary>What transports are called on the command line.</summary>
internal static class TransportNames
{
    private static readonly (string Name, ProbeTransport Transport)[] Names =
    [
        ("websocket", ProbeTransport.WebSocket),
        ("sse", ProbeTransport.ServerSentEvents),
        ("stream", ProbeTransport.HttpStream),
        ("long-poll", ProbeTransport.LongPoll),
        ("short-poll", ProbeTransport.ShortPoll),
        ("session-websocket", ProbeTransport.SessionWebSocket),
        ("session-datachannel", ProbeTransport.SessionDataChannel),
        ("session-stream", ProbeTransport.SessionStream),
        ("session-long-poll", ProbeTransport.SessionLongPoll),
        ("session-short-poll", ProbeTransport.SessionShortPoll),
    ];

    /// <summary>All of them, for a sentence.</summary>
    public static string All => string.Join(", ", Names.Select(static each => each.Name));

    /// <summary>The name of a transport.</summary>
    public static string Name(this ProbeTransport transport) => Names.First(each => each.Transport == transport).Name;

    /// <summary>The transport of a name.</summary>
    public static bool TryParse(string name, out ProbeTransport transport)
    {
        foreach ((string known, ProbeTransport named) in Names)
        {
            if (known == name)
            {
                transport = named;
                return true;
            }
        }

        transport = default;
        return false;
    }
}
